#include "daemon/ipc/worker_process.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

constexpr auto kGrace = std::chrono::milliseconds(200);

}  // namespace

Result<std::shared_ptr<WorkerProcess>> WorkerProcess::Start(Loop& loop, WorkerSpawner& spawner) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return MakeError(Code::kUnavailable, "worker_start",
                     std::string("cannot start a key worker: ") + std::strerror(errno));
  }
  UniqueFd ours(pair[0]);
  const UniqueFd theirs(pair[1]);
  FOB_TRY(UniqueFd pidfd, spawner.Start(theirs));
  auto worker = std::make_shared<WorkerProcess>(loop.context(), std::move(ours), std::move(pidfd));
  worker->WatchEnd();
  return worker;
}

WorkerProcess::WorkerProcess(asio::io_context& context, UniqueFd socket, UniqueFd pidfd)
    : socket_(context, asio::local::stream_protocol(), socket.release()),
      pidfd_(context, pidfd.release()),
      kill_timer_(context) {}

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
  if (ended_) return;
  kill_timer_.expires_after(kGrace);
  kill_timer_.async_wait([self = shared_from_this()](const auto& failed) {
    if (failed || self->ended_) return;
    ::syscall(SYS_pidfd_send_signal, self->pidfd_.native_handle(), SIGKILL, nullptr, 0);
  });
}

}  // namespace fob::ipc
