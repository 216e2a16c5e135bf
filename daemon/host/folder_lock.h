#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace fob::host {

// Holds `folder` for this process, until the descriptor is closed or the process ends. kConflict/"already_running" when
// another process holds it; kUnavailable.
Result<UniqueFd> LockFolder(const std::string& folder);

}  // namespace fob::host
