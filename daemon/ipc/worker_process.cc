#include "daemon/ipc/worker_process.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

constexpr int64_t kGraceMs = 200;

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
  auto worker = std::make_shared<WorkerProcess>(loop, std::move(ours), std::move(pidfd));
  worker->WatchEnd();
  return worker;
}

WorkerProcess::WorkerProcess(Loop& loop, UniqueFd socket, UniqueFd pidfd)
    : loop_(loop),
      socket_(loop.context(), asio::local::stream_protocol(), socket.release()),
      pidfd_(loop.context(), pidfd.release()) {}

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
  if (ended_) return;
  kill_timer_ = loop_.After(kGraceMs, [self = shared_from_this()] {
    if (!self->ended_) ::syscall(SYS_pidfd_send_signal, self->pidfd_.native_handle(), SIGKILL, nullptr, 0);
  });
}

}  // namespace fob::ipc
