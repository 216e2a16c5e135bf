#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/host/proc_files.h"
#include "daemon/host/sessions.h"

namespace fob::host {

// Which of the kernel sessions ("audit:7", "logind:c2") no process is in any more, by a walk through
// /proc and by logind's word. kUnavailable "sessions_unknown": other users' processes are hidden from us
// (hidepid), so that none could be told to be gone.
Result<std::vector<std::string>> FindSessionsGone(const std::vector<std::string>& asked, const ProcFiles& proc,
                                                  const Sessions& sessions);

}  // namespace fob::host
