#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace fob::ipc {

// A key worker that was just started, or is being started.
struct NewWorker {
  UniqueFd socket;  // to it
  UniqueFd pidfd;   // none: it is not ours to kill, and whoever started it sees to its end
};

// Where key workers come from.
class WorkerSource {
 public:
  virtual ~WorkerSource() = default;
  // kUnavailable: "worker_start", "no_worker".
  virtual Result<NewWorker> Start() = 0;
};

}  // namespace fob::ipc
