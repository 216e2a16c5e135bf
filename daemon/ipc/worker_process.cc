#include "daemon/ipc/worker_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

constexpr int64_t kGraceMs = 200;

}  // namespace

Result<std::shared_ptr<WorkerProcess>> WorkerProcess::Start(Loop& loop, WorkerSource& source) {
  FOB_TRY(NewWorker started, source.Start());
  const bool ours = started.pidfd.valid();
  auto worker = std::make_shared<WorkerProcess>(loop, std::move(started));
  if (ours) worker->WatchEnd();
  return worker;
}

WorkerProcess::WorkerProcess(Loop& loop, NewWorker worker)
    : loop_(loop), socket_(loop.context(), asio::local::stream_protocol(), worker.socket.release()), pidfd_(loop.context()) {
  if (worker.pidfd.valid()) pidfd_.assign(worker.pidfd.release());
}

bool WorkerProcess::ended() {
  if (ended_) return true;
  // One that is not our child shows its end by closing the socket.
  pollfd polled{socket_.native_handle(), 0, 0};
  return ::poll(&polled, 1, 0) == 1 && (polled.revents & POLLHUP) != 0;
}

void WorkerProcess::WatchEnd() {
  pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, [mine = shared_from_this()](const auto& failed) mutable {
    const Loop::Turn turn(mine->loop_);
    const auto self = std::move(mine);
    if (failed) return;
    self->ended_ = true;
    self->kill_timer_.reset();
    boost::system::error_code ignored;
    self->pidfd_.close(ignored);
  });
}

void WorkerProcess::LetGo() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (ended_ || !pidfd_.is_open()) return;
  kill_timer_ = loop_.After(kGraceMs, [self = shared_from_this()] {
    if (!self->ended_) ::syscall(SYS_pidfd_send_signal, self->pidfd_.native_handle(), SIGKILL, nullptr, 0);
  });
}

}  // namespace fob::ipc
