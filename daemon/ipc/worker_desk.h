#pragma once

#include <memory>

#include "base/result.h"
#include "base/unique_function.h"
#include "daemon/core/ports/key_desk.h"
#include "daemon/ipc/loop.h"
#include "daemon/ipc/worker_source.h"

namespace fob::ipc {

class WorkerProcess;

// Starts key workers. One idle worker is kept ready, so that its start is off the login's path; it is exchanged
// for a new one every ten minutes, so that whoever runs workers may bound their lives.
class WorkerDesk final : public core::KeyDesk {
 public:
  // Told why there is no idle worker for the next ceremony.
  using NotReady = UniqueFunction<void(const Error&)>;
  WorkerDesk(Loop& loop, std::unique_ptr<WorkerSource> source, NotReady not_ready = {});
  ~WorkerDesk() override;

  // Starts the idle worker. Without it the first ceremony starts its own.
  Status Prepare();
  Result<std::unique_ptr<core::KeyConversation>> Start() override;

 private:
  void Replace();

  Loop& loop_;
  const std::unique_ptr<WorkerSource> source_;
  NotReady not_ready_;
  std::shared_ptr<WorkerProcess> idle_;
  std::unique_ptr<core::Timers::Handle> too_old_;  // when the idle one is
};

}  // namespace fob::ipc
