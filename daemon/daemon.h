#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "daemon/core/settings.h"

namespace fob {

// Wires fobd from `settings`, locks it (lockdown.h) and serves until SIGTERM or SIGINT. An error:
// why it could not start.
Status Serve(const core::Settings& settings, const Clock& clock);

}  // namespace fob
