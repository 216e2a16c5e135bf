#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/core/ports/key_desk.h"
#include "daemon/ipc/loop.h"

namespace fob::ipc {

class WorkerProcess;

// Starts key workers. One idle worker is kept ready, so that its start is off the login's path.
class WorkerDesk final : public core::KeyDesk {
 public:
  WorkerDesk(Loop& loop, std::vector<std::string> command);
  ~WorkerDesk() override;

  // Starts the idle worker. Without it the first ceremony starts its own.
  Status Prepare();
  Result<std::unique_ptr<core::KeyConversation>> Start() override;

 private:
  Loop& loop_;
  std::vector<std::string> command_;
  std::shared_ptr<WorkerProcess> idle_;
};

}  // namespace fob::ipc
