#include "daemon/ipc/spawner_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace fob::ipc {
namespace {

// Descriptor 0 is the socket, 1 is /dev/null, 2 stays, others are closed. The pid or -errno.
pid_t Spawn(const std::vector<std::string>& command, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, socket, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
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
  const int failed = ::posix_spawn(&pid, command.front().c_str(), &actions, &attributes,
                                   arguments.data(), environment);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return failed == 0 ? pid : -failed;
}

void Answer(int line, const std::vector<std::string>& command, int socket) {
  const pid_t pid = Spawn(command, socket);
  if (pid < 0) {
    SendSpawnMessage(line, -pid, -1);
    return;
  }
  // It is ours, and so not reaped before this.
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const int error = pidfd.valid() ? 0 : errno;
  if (error != 0) ::kill(pid, SIGKILL);
  SendSpawnMessage(line, error, pidfd.get());
}

void OnChild(int) {}

}  // namespace

bool SendSpawnMessage(int line, int error, int fd) {
  iovec data{&error, sizeof error};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  return ::sendmsg(line, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof error);
}

std::optional<SpawnMessage> ReceiveSpawnMessage(int line) {
  SpawnMessage out;
  iovec data{&out.error, sizeof out.error};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(line, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); got >= 0 && header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    out.fd.reset(fd);
  }
  if (got != static_cast<ssize_t>(sizeof out.error)) return std::nullopt;
  return out;
}

void ServeSpawns(int line, const std::vector<std::string>& command) {
  ::prctl(PR_SET_NAME, "fobd-spawner");
  // Alone it keeps nothing open that fobd was given.
  const UniqueFd kept(::fcntl(line, F_DUPFD_CLOEXEC, 3));
  for (int fd = 3; fd < kept.get(); ++fd) ::close(fd);
  ::close_range(static_cast<unsigned>(kept.get()) + 1, ~0U, 0);
  // Ends of children interrupt the wait, and only it. The service manager's signals are fobd's.
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  struct sigaction on_child {};
  on_child.sa_handler = OnChild;
  ::sigaction(SIGCHLD, &on_child, nullptr);
  sigset_t waiting = all;
  ::sigdelset(&waiting, SIGCHLD);
  for (;;) {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    pollfd readable{kept.get(), POLLIN, 0};
    if (::ppoll(&readable, 1, nullptr, &waiting) < 0) continue;
    const auto asked = ReceiveSpawnMessage(kept.get());
    if (!asked.has_value() || !asked->fd.valid()) ::_exit(0);
    Answer(kept.get(), command, asked->fd.get());
  }
}

}  // namespace fob::ipc
