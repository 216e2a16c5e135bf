#pragma once

#include <string>

#include "base/result.h"
#include "daemon/core/settings.h"

namespace fob::config {

// Reads and checks fobd.toml. Whoever can write it decides who gets in, so the file itself must be a
// regular one of at most 256 KiB (no symbolic link), owned by root or by our own uid, writable by its
// owner alone, in a folder that others cannot write (unless sticky). kUnavailable/"config_unreadable" when
// it cannot be read, kNotPermitted/"config_unsafe" when others could have written it, kInvalidArgument/
// "bad_config" as ParseSettings.
Result<core::Settings> LoadSettings(const std::string& path);

}  // namespace fob::config
