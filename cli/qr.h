#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "cli/text.h"

namespace fob::cli {

// A QR code (ISO/IEC 18004) without its quiet zone; modules row by row, true is dark.
struct QrCode {
  size_t width = 0;
  SecretBytes modules;  // one byte each, 1 is dark

  bool dark(size_t row, size_t column) const { return modules.Reveal()[row * width + column] != 0; }
};

// kInvalidArgument: the text is empty, has a NUL or is too long for any code.
Result<QrCode> MakeQrCode(const SecretBytes& text);

// Columns that the drawn code takes, quiet zone included.
size_t QrColumns(const QrCode& code);

// For a terminal: two modules a character, black on white by number, so that dark and light themes
// show the same picture, with the quiet zone of four modules.
TextBuffer DrawQrCode(const QrCode& code);

}  // namespace fob::cli
