#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>

#include "base/result.h"
#include "base/unique_fd.h"
#include "daemon/ipc/loop.h"
#include "daemon/ipc/worker_spawner.h"

namespace fob::ipc {

// One fob-keyd at the other end of a socketpair. Ends when it is let go: end-of-file tells it to cancel, and
// SIGKILL follows after 200 ms. It keeps itself alive until the kernel has reported its end; the spawner reaps it.
class WorkerProcess : public std::enable_shared_from_this<WorkerProcess> {
 public:
  static Result<std::shared_ptr<WorkerProcess>> Start(Loop& loop, WorkerSpawner& spawner);

  WorkerProcess(Loop& loop, UniqueFd socket, UniqueFd pidfd);

  Loop& loop() { return loop_; }
  boost::asio::local::stream_protocol::socket& socket() { return socket_; }
  bool ended() const { return ended_; }
  void LetGo();

 private:
  void WatchEnd();

  Loop& loop_;
  boost::asio::local::stream_protocol::socket socket_;
  boost::asio::posix::stream_descriptor pidfd_;
  std::unique_ptr<core::Timers::Handle> kill_timer_;
  bool ended_ = false;
};

}  // namespace fob::ipc
