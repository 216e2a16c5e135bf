#pragma once

#include <optional>
#include <string_view>

#include "daemon/core/settings.h"

namespace fob::config {

// `worker` is a program with its arguments, which fobd starts, or "unix:PATH" alone: where the service manager starts
// it for each connection.

// The path of such a socket; nothing for a program.
std::optional<std::string_view> WorkerSocketOf(const core::Settings& settings);

// What is wrong with `worker`; empty: nothing.
std::string WorkerProblem(const std::vector<std::string>& worker);

}  // namespace fob::config
