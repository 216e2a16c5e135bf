#pragma once

#include <string>

#include "base/result.h"
#include "daemon/core/settings.h"

namespace fob {

// Takes from fobd what it does not need (sandbox/sandbox.h), once listener and spawner are there
// and before anything is read that others wrote. `config` is read again later. While there is one thread.
Status LockDown(const core::Settings& settings, const std::string& config);

}  // namespace fob
