#pragma once

#include <string_view>

#include "base/result.h"
#include "daemon/core/settings.h"

namespace fob::config {

// fobd.toml out of its text; `name` stands in messages. Touches no file. What is wrong is
// kInvalidArgument/"bad_config" with line and column: `fobd.toml:7:1: unknown key "foo" in [timing]`.
//
// Grammar: TOML 1.0; its keys are those of sections.h, shown and explained in fobd.toml.example.
Result<core::Settings> ParseSettings(std::string_view text, std::string_view name);

}  // namespace fob::config
