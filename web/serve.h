#pragma once

#include "base/result.h"
#include "web/config/settings.h"

namespace fob::web {

// Owns every part of the gateway, wires them, and serves until SIGTERM or SIGINT.
Status Serve(const Settings& settings);

}  // namespace fob::web
