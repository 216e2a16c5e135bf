#pragma once

#include <span>
#include <string_view>

namespace fob::config {

// The one of `known` that `word` was most likely meant to be; empty when none is near.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace fob::config
