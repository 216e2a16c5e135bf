#include "daemon/ipc/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

constexpr auto kGrace = std::chrono::milliseconds(200);
constexpr auto kReapAgain = std::chrono::milliseconds(5);

Error CannotStart(const std::string& program, int error) {
  return MakeError(Code::kUnavailable, "worker_start",
                   "cannot start the key worker " + program + ": " + std::strerror(error));
}

// Descriptor 0 is the socket, 1 is /dev/null, 2 stays, others are closed; the environment is empty. Returns the pid or -errno.
pid_t Spawn(const std::vector<std::string>& command, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, socket, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // whatever else we were started with
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  char* const environment[] = {nullptr};
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, command.front().c_str(), &actions, &attributes, arguments.data(), environment);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return failed == 0 ? pid : -failed;
}

}  // namespace

Result<std::shared_ptr<WorkerProcess>> WorkerProcess::Start(Loop& loop, const std::vector<std::string>& command) {
  if (command.empty()) return MakeError(Code::kUnavailable, "no_worker", "no key worker is configured");
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return CannotStart(command.front(), errno);
  UniqueFd ours(pair[0]);
  const UniqueFd theirs(pair[1]);
  const pid_t pid = Spawn(command, theirs.get());
  if (pid < 0) return CannotStart(command.front(), -pid);
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) {
    const int error = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return CannotStart(command.front(), error);
  }
  auto worker = std::make_shared<WorkerProcess>(loop.context(), std::move(ours), std::move(pidfd));
  worker->WatchEnd();
  return worker;
}

WorkerProcess::WorkerProcess(asio::io_context& context, UniqueFd socket, UniqueFd pidfd)
    : socket_(context, asio::local::stream_protocol(), socket.release()),
      pidfd_(context, pidfd.release()),
      kill_timer_(context),
      reap_timer_(context) {}

void WorkerProcess::WatchEnd() {
  pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](const auto& failed) {
    if (!failed) self->Reap();
  });
}

// A process can be seen to end a moment before it can be waited for, and Asio has made the descriptor one that does
// not block: to give up here would leave a zombie.
void WorkerProcess::Reap() {
  siginfo_t info{};
  const int waited = ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.native_handle()), &info, WEXITED | WNOHANG);
  if (waited == 0 && info.si_pid == 0) {
    reap_timer_.expires_after(kReapAgain);
    reap_timer_.async_wait([self = shared_from_this()](const auto& failed) {
      if (!failed) self->Reap();
    });
    return;
  }
  ended_ = true;
  kill_timer_.cancel();
  boost::system::error_code ignored;
  pidfd_.close(ignored);
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
