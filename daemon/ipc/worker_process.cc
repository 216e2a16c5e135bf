#include "daemon/ipc/worker_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

constexpr auto kGrace = std::chrono::milliseconds(200);

}  // namespace

Result<std::shared_ptr<WorkerProcess>> WorkerProcess::Start(Loop& loop, WorkerSource& source) {
  FOB_TRY(NewWorker started, source.Start());
  const bool ours = started.pidfd.valid();
  auto worker = std::make_shared<WorkerProcess>(loop.context(), std::move(started));
  if (ours) worker->WatchEnd();
  return worker;
}

WorkerProcess::WorkerProcess(asio::io_context& context, NewWorker worker)
    : socket_(context, asio::local::stream_protocol(), worker.socket.release()), pidfd_(context), kill_timer_(context) {
  if (worker.pidfd.valid()) pidfd_.assign(worker.pidfd.release());
}

bool WorkerProcess::ended() {
  if (ended_) return true;
  // One that is not our child shows its end by closing the socket.
  pollfd polled{socket_.native_handle(), 0, 0};
  return ::poll(&polled, 1, 0) == 1 && (polled.revents & POLLHUP) != 0;
}

void WorkerProcess::WatchEnd() {
  pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](const auto& failed) {
    if (failed) return;
    self->ended_ = true;
    self->kill_timer_.cancel();
    boost::system::error_code ignored;
    self->pidfd_.close(ignored);
  });
}

void WorkerProcess::LetGo() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (ended_ || !pidfd_.is_open()) return;
  kill_timer_.expires_after(kGrace);
  kill_timer_.async_wait([self = shared_from_this()](const auto& failed) {
    if (failed || self->ended_) return;
    ::syscall(SYS_pidfd_send_signal, self->pidfd_.native_handle(), SIGKILL, nullptr, 0);
  });
}

}  // namespace fob::ipc
