#pragma once

#include <string>

#include "base/result.h"
#include "web/config/settings.h"

namespace fob::web {

// Whether the files that the settings name are good. kInvalidArgument, with the place that names them.
Status CheckFiles(const Settings& settings);

// Owns every part of the gateway, wires them, and serves until SIGTERM or SIGINT. `config`: the file of the settings, which
// SIGHUP reads again.
Status Serve(Settings settings, const std::string& config);

}  // namespace fob::web
