#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "daemon/ipc/worker_source.h"

namespace fob::ipc {

// Starts key workers for fobd, which may start no program once it is locked: a small process,
// forked before that, which knows one command and runs it once more for each socket that it is
// given. It ends when this object does, or fobd.
class WorkerSpawner final : public WorkerSource {
 public:
  // lock: what the process takes away from itself before it starts anything, and from all that it starts; where that
  // fails it ends, and so does every Start.
  using Lock = Status (*)();

  // To be called while the process has one thread. An empty command: every Start fails.
  // kUnavailable/"worker_start".
  static Result<WorkerSpawner> Fork(std::vector<std::string> command, Lock lock);

  WorkerSpawner(WorkerSpawner&& other) noexcept;
  WorkerSpawner& operator=(WorkerSpawner&&) = delete;
  ~WorkerSpawner() override;

  // A new worker: its descriptor 0 is the socket, 1 is /dev/null, 2 is ours, the environment is
  // empty. Its exit status is nobody's.
  Result<NewWorker> Start() override;

  pid_t pid() const { return pid_; }

 private:
  WorkerSpawner(std::string program, UniqueFd line, pid_t pid)
      : program_(std::move(program)), line_(std::move(line)), pid_(pid) {}

  std::string program_;
  UniqueFd line_;
  pid_t pid_ = -1;
};

}  // namespace fob::ipc
