#pragma once

#include "base/result.h"
#include "daemon/core/ports/host.h"
#include "daemon/host/proc_files.h"
#include "daemon/host/sessions.h"

namespace fob::host {

// What is known of the calling process. Pids are used anew, so that its start time and uid are checked
// after everything else was read: kUnavailable/"caller_gone" when the process is not the peer any more.
Result<core::CallerFacts> ReadCallerFacts(const core::Peer& peer, const ProcFiles& proc, const Sessions& sessions);

}  // namespace fob::host
