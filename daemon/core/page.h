#pragma once

#include <optional>
#include <string>
#include <vector>

namespace fob::core {

// The newest of a list, or the newest of those before one that was shown: as many as a reply has room for.
template <typename T>
struct Page : std::vector<T> {
  std::optional<std::string> next;  // the id to go on before; nothing: these were the last ones
};

}  // namespace fob::core
