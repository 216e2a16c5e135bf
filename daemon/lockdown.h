#pragma once

#include <string>

#include "base/result.h"
#include "daemon/core/settings.h"

namespace fob {

// Takes from fobd what it does not need (sandbox/sandbox.h), once listener and spawner are there
// and before anything is read that others wrote. `config` is read again later. While there is one thread.
Status LockDown(const core::Settings& settings, const std::string& config);

// As strict, for a restore: the state folder, and the backup that is open by then. While there is one thread.
Status LockRestore(const std::string& state_dir);
// For the process that puts a master key to `file`: its folder alone.
Status LockKeyPlacer(const std::string& file);

}  // namespace fob
