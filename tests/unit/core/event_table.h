#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <variant>

// What the tables of the state machines have in common.
namespace fob::core {

// The place of an alternative in its variant.
template <typename T, typename Variant>
struct AlternativeOf;
template <typename T, typename... Ts>
struct AlternativeOf<T, std::variant<Ts...>> {
  static constexpr size_t value = [] {
    constexpr std::array<bool, sizeof...(Ts)> same = {std::is_same_v<T, Ts>...};
    size_t at = 0;
    while (!same[at]) ++at;
    return at;
  }();
};
template <typename T, typename Variant>
inline constexpr size_t kAlternative = AlternativeOf<T, Variant>::value;

// Every cell of a table is written, and every alternative of `Event` has a row.
template <typename Event, typename Rows>
constexpr bool Complete(const Rows& rows) {
  std::array<bool, std::variant_size_v<Event>> covered{};
  for (const auto& row : rows) {
    covered[row.alternative] = true;
    for (const char* cell : row.cells) {
      if (cell == nullptr) return false;
    }
  }
  for (const bool one : covered) {
    if (!one) return false;
  }
  return true;
}

}  // namespace fob::core
