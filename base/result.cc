#include "base/result.h"

#include <array>

namespace fob {
namespace {

constexpr std::array<std::string_view, 11> kNames = {
    "invalid_argument", "not_permitted", "denied",    "not_found", "conflict", "unavailable",
    "timed_out",        "cancelled",     "exhausted", "corrupt",   "internal"};

}  // namespace

std::string_view CodeName(Code code) { return kNames.at(static_cast<size_t>(code)); }

std::optional<Code> CodeFromName(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Code>(i);
  }
  return std::nullopt;
}

}  // namespace fob
