#pragma once

#include <string>
#include <vector>

#include "daemon/core/settings.h"

namespace fob {

// What on this host is not as `settings` need it: worker, state folder, master key. A sentence each,
// with the way out. Looks at owners and modes, and reads no secret.
std::vector<std::string> CheckHost(const core::Settings& settings);

}  // namespace fob
