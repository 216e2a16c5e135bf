#pragma once

#include <string_view>

namespace fob::core {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace fob::core
