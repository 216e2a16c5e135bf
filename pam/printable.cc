#include "pam/printable.h"

#include <cstdint>

namespace fob::pam {
namespace {

constexpr size_t kMaxShown = 400;  // PAM_MAX_MSG_SIZE is 512

// The length of the well-formed character at the start of `text` (RFC 3629 clause 4), or 0.
size_t CharacterLength(std::string_view text, uint32_t& point) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return point = first, 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  point = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    point = (point << 6) | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return overlong || surrogate || point > 0x10FFFF ? 0 : length;
}

bool Harmful(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) ||      // C0, DEL, C1
         point == 0x61C || point == 0x200E || point == 0x200F ||  // direction marks
         (point >= 0x2028 && point <= 0x202E) ||  // separators, embeddings, overrides
         (point >= 0x2066 && point <= 0x2069);    // isolates
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    uint32_t point = 0;
    const size_t length = CharacterLength(text, point);
    const std::string_view shown = length == 0      ? "?"
                                   : Harmful(point) ? " "
                                                    : text.substr(0, length);
    if (out.size() + shown.size() > kMaxShown) break;
    out += shown;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace fob::pam
