#pragma once

#include <string>

#include "base/unique_fd.h"

namespace fob::testing {

// Where this test's own executable is, and with it the programs of the build. All throw std::runtime_error.
std::string ProgramFolder();

// A new folder below /tmp whose name begins so.
std::string MakeFolder(const std::string& name);

// Where a program tells that it is ready, as it tells systemd (NOTIFY_SOCKET).
UniqueFd ReadySocket(const std::string& path);

}  // namespace fob::testing
