#pragma once

#include <string_view>

namespace fob::cli {

// The shipped daemon/config/fobd.toml.example, taken in at build time.
std::string_view ExampleConfig();

}  // namespace fob::cli
