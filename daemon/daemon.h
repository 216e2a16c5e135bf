#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "daemon/core/settings.h"

namespace fob {

// Wires fobd from `settings`, locks it (lockdown.h) and serves until SIGTERM or SIGINT. SIGHUP has it read
// `config` again, the file that they come from. An error: why it could not start.
Status Serve(core::Settings settings, const std::string& config, const Clock& clock);

}  // namespace fob
