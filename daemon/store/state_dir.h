#pragma once

#include <string>

#include "base/result.h"

namespace fob::store {

// The first half of PrepareStoreFile: the folder alone. Its path without symbolic links.
Result<std::string> PrepareStateDir(const std::string& state_dir);

// Makes the state folder (0700) when there is none, and sees that it is ours and that nobody else
// may write to it; makes the store's file in it (0600) when there is none, and sees that nobody
// else may read it. Answers the file's path without symbolic links. kNotPermitted "state_exposed";
// kUnavailable.
Result<std::string> PrepareStoreFile(const std::string& state_dir);

}  // namespace fob::store
