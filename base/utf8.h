#pragma once

#include <cstddef>
#include <string_view>

namespace fob {

// A code point and how many bytes it took; 0: they are not UTF-8 (RFC 3629: shortest forms only, no surrogates).
struct Rune {
  char32_t value = 0;
  size_t size = 0;
};
// The first one of `text`, which is not empty.
Rune FirstRune(std::string_view text);

bool IsUtf8(std::string_view text);

}  // namespace fob
