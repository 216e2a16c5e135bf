#pragma once

#include <cstdlib>
#include <string_view>

namespace fob::testing {

// Everything with FOB_FAULTS=all; otherwise a sample, the same in each run of the same code.
inline bool All() {
  const char* asked = std::getenv("FOB_FAULTS");
  return asked != nullptr && std::string_view(asked) == "all";
}

}  // namespace fob::testing
