#pragma once

#include <memory>

#include "base/result.h"
#include "base/unique_function.h"
#include "daemon/core/ports/key_desk.h"
#include "daemon/ipc/loop.h"
#include "daemon/ipc/worker_spawner.h"

namespace fob::ipc {

class WorkerProcess;

// Starts key workers. One idle worker is kept ready, so that its start is off the login's path.
class WorkerDesk final : public core::KeyDesk {
 public:
  // Told why there is no idle worker for the next ceremony.
  using NotReady = UniqueFunction<void(const Error&)>;
  WorkerDesk(Loop& loop, WorkerSpawner spawner, NotReady not_ready = {});
  ~WorkerDesk() override;

  // Starts the idle worker. Without it the first ceremony starts its own.
  Status Prepare();
  Result<std::unique_ptr<core::KeyConversation>> Start() override;

 private:
  Loop& loop_;
  WorkerSpawner spawner_;
  NotReady not_ready_;
  std::shared_ptr<WorkerProcess> idle_;
};

}  // namespace fob::ipc
