#include "devices/worker/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace fob::worker {
namespace {

constexpr int kSystemdFd = 3;  // sd_listen_fds(3)
constexpr auto kGrace = std::chrono::milliseconds(200);
constexpr int kStuck = 3;

bool SystemdPassedOne() {
  const char* const count = std::getenv("LISTEN_FDS");
  const char* const pid = std::getenv("LISTEN_PID");
  return count != nullptr && pid != nullptr && std::string(count) == "1" &&
         std::string(pid) == std::to_string(::getpid());
}

bool IsConnectedUnixStream(int fd) {
  int domain = 0, type = 0;
  socklen_t size = sizeof(int);
  sockaddr_storage peer{};
  socklen_t peer_size = sizeof(peer);
  return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
         ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
         ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0;
}

}  // namespace

Result<UniqueFd> TakeSocket() {
  const rlimit none{0, 0};
  if (::prctl(PR_SET_DUMPABLE, 0) != 0 || ::setrlimit(RLIMIT_CORE, &none) != 0) {
    return MakeError(Code::kInternal, "hardening", "cannot forbid core dumps");
  }
  const int given = SystemdPassedOne() ? kSystemdFd : STDIN_FILENO;
  ::clearenv();
  if (!IsConnectedUnixStream(given)) {
    return MakeError(Code::kInvalidArgument, "no_socket",
                     "started by hand: fobd starts this program, with a socket");
  }
  UniqueFd socket(::fcntl(given, F_DUPFD_CLOEXEC, kSystemdFd));
  if (!socket.valid()) return MakeError(Code::kInternal, "dup", "cannot duplicate the socket");
  // Standard input stays a descriptor, so that nothing else becomes it.
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.valid() || ::dup3(null.get(), STDIN_FILENO, O_CLOEXEC) < 0) {
    return MakeError(Code::kInternal, "dup", "cannot open /dev/null");
  }
  if (given == kSystemdFd) ::close(kSystemdFd);
  return socket;
}

void EndWithConnection(const UniqueFd& socket) {
  const int watched = ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0);
  std::thread([watched] {
    // No event is asked for: a peer that has only shut its own side down is still there.
    pollfd gone{watched, 0, 0};
    while (::poll(&gone, 1, -1) != 1) {
    }
    std::this_thread::sleep_for(kGrace);
    ::_exit(kStuck);
  }).detach();
}

}  // namespace fob::worker
