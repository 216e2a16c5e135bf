#include "cli/qr.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/wiped_heap.h"

namespace fob::cli {
namespace {

constexpr size_t kQuiet = 4;  // modules on each side (ISO/IEC 18004 clause 6.3.8)
// 16 and 231 are black and white whatever the theme makes of the first sixteen colours.
constexpr std::string_view kBlackOnWhite = "\033[38;5;16;48;5;231m";
constexpr std::string_view kReset = "\033[0m";

struct FreeCode {
  void operator()(QRcode* code) const {
    Wipe(code->data, static_cast<size_t>(code->width) * static_cast<size_t>(code->width));
    ::QRcode_free(code);
  }
};

}  // namespace

Result<QrCode> MakeQrCode(const SecretBytes& text) {
  if (text.empty() || text.RevealText().find('\0') != std::string_view::npos) {
    return MakeError(Code::kInvalidArgument, "not_drawable", "text that no QR code can hold");
  }
  const WipedHeap wiped;  // libqrencode copies the text, and its bits
  // Low correction keeps it small: a screen has no scratches.
  const std::unique_ptr<QRcode, FreeCode> code(::QRcode_encodeData(
      static_cast<int>(text.size()), text.Reveal().data(), /*version=*/0, QR_ECLEVEL_L));
  if (code == nullptr) {
    return MakeError(errno == ERANGE ? Code::kInvalidArgument : Code::kInternal, "not_drawable",
                     fmt::format("no QR code: {}", std::strerror(errno)));
  }
  QrCode out;
  out.width = static_cast<size_t>(code->width);
  out.modules = SecretBytes(ByteView(code->data, out.width * out.width));
  for (uint8_t& module : out.modules.RevealMutable())
    module &= 1;  // the other bits are the encoder's notes
  return out;
}

size_t QrColumns(const QrCode& code) { return code.width + 2 * kQuiet; }

TextBuffer DrawQrCode(const QrCode& code) {
  const size_t side = QrColumns(code);
  const auto dark = [&](size_t row, size_t column) {
    const size_t y = row - kQuiet;  // wraps round in the quiet zone
    const size_t x = column - kQuiet;
    return y < code.width && x < code.width && code.dark(y, x);
  };
  TextBuffer out;
  for (size_t row = 0; row < side; row += 2) {
    out.Append(kBlackOnWhite);
    for (size_t column = 0; column < side; ++column) {
      const bool upper = dark(row, column);
      const bool lower = dark(row + 1, column);
      out.Append(upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ");
    }
    out.Append(kReset);
    out.Append("\n");
  }
  return out;
}

}  // namespace fob::cli
