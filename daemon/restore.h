#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "daemon/core/settings.h"

namespace fob {

struct RestoreOptions {
  std::string file;
  bool with_master_key = false;  // take the master key of the backup too
};

// Puts a backup in the place of the store in the state folder, while no fobd runs, as the beginning of
// a new epoch; answers a report for people. Whatever is refused has changed nothing.
Result<std::string> Restore(const core::Settings& settings, const Clock& clock, const RestoreOptions& options);

}  // namespace fob
