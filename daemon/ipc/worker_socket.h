#pragma once

#include <string>

#include "daemon/ipc/worker_source.h"

namespace fob::ipc {

// Gets key workers from the service manager: one that accepts on a Unix socket and starts fob-keyd, under a
// uid of its own, for each connection (fob-keyd.socket, Accept=yes). fobd may not kill what another uid runs:
// a worker ends itself at end-of-file, and its unit bounds one that does not.
class WorkerSocket final : public WorkerSource {
 public:
  explicit WorkerSocket(std::string path) : path_(std::move(path)) {}

  // Never waits. The socket must belong to root or to our own uid: whoever holds it could pass
  // for the worker, and would be sent PINs.
  Result<NewWorker> Start() override;

 private:
  const std::string path_;
};

}  // namespace fob::ipc
