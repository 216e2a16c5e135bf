#pragma once

#include <string>

#include "daemon/ipc/worker_source.h"

namespace fob::ipc {

// Gets workers from the service manager: it accepts on a Unix socket and starts one, under a uid of its own, for
// each connection (fob-keyd.socket and fob-passwd.socket, Accept=yes). fobd may not kill what another uid runs:
// a worker ends itself at end-of-file, and its unit bounds one that does not.
class WorkerSocket final : public WorkerSource {
 public:
  // program: fob-keyd or fob-passwd, for errors.
  explicit WorkerSocket(std::string path, std::string program = "fob-keyd")
      : path_(std::move(path)), program_(std::move(program)) {}

  // Never waits. The socket must belong to root or to our own uid: whoever holds it could pass
  // for the worker, and would be sent PINs and passwords.
  Result<NewWorker> Start() override;

 private:
  const std::string path_;
  const std::string program_;
};

}  // namespace fob::ipc
