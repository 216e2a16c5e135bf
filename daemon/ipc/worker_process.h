#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>

#include "base/result.h"
#include "daemon/ipc/loop.h"
#include "daemon/ipc/worker_source.h"

namespace fob::ipc {

// One fob-keyd at the other end of a socket. Ends when it is let go: end-of-file tells it to cancel, and where it
// is ours to kill, SIGKILL follows after 200 ms. It keeps itself alive until the kernel has reported its end; the
// spawner reaps it.
class WorkerProcess : public std::enable_shared_from_this<WorkerProcess> {
 public:
  static Result<std::shared_ptr<WorkerProcess>> Start(Loop& loop, WorkerSource& source);

  WorkerProcess(Loop& loop, NewWorker worker);

  Loop& loop() { return loop_; }
  boost::asio::local::stream_protocol::socket& socket() { return socket_; }
  bool ended();
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
