#include "pam/printable.h"

#include "base/utf8.h"

namespace fob::pam {
namespace {

constexpr size_t kMaxShown = 400;  // PAM_MAX_MSG_SIZE is 512

bool Harmful(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) ||      // C0, DEL, C1
         point == 0x61C || point == 0x200E || point == 0x200F ||  // direction marks
         (point >= 0x2028 && point <= 0x202E) ||  // separators, embeddings, overrides
         (point >= 0x2066 && point <= 0x2069);    // isolates
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = FirstRune(text);
    const std::string_view shown = rune.size == 0        ? "?"
                                   : Harmful(rune.value) ? " "
                                                         : text.substr(0, rune.size);
    if (out.size() + shown.size() > kMaxShown) break;
    out += shown;
    text.remove_prefix(rune.size == 0 ? 1 : rune.size);
  }
  return out;
}

}  // namespace fob::pam
