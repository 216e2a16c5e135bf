#include "base/utf8.h"

#include <array>

namespace fob {

Rune FirstRune(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const size_t size = (byte(0) >> 5) == 6    ? 2
                      : (byte(0) >> 4) == 14 ? 3
                      : (byte(0) >> 3) == 30 ? 4
                                             : 0;
  if (size == 0 || text.size() < size) return {};
  char32_t value = byte(0) & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, size};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = FirstRune(text);
    if (rune.size == 0) return false;
    text.remove_prefix(rune.size);
  }
  return true;
}

}  // namespace fob
