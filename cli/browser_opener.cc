#include "cli/browser_opener.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <tuple>

#include "base/clock.h"
#include "base/write_fully.h"
#include "cli/line_reader.h"

extern char** environ;

namespace fob::cli {
namespace {

constexpr int kItFailed = -1;       // xdg-open said so
constexpr int kStartMs = 4'000;     // it says so by then
constexpr int kPatienceMs = 6'000;

struct Order {
  unsigned seconds = 0;
  char path[PATH_MAX] = {};
};

Error NoBrowser(int error) {
  const std::string why = error == kItFailed ? "xdg-open found none, or failed" : std::string("xdg-open: ") + std::strerror(error);
  return MakeError(Code::kUnavailable, "browser", "cannot start a browser: " + why);
}

// Waits for its end, but not long: some desktops' program stays as long as the browser. 0, or what went wrong.
int AwaitEnd(pid_t pid) {
  const UniqueFd ended(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd waiting{ended.get(), POLLIN, 0};
  if (ended.valid() && ::poll(&waiting, 1, kStartMs) != 1) return 0;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : kItFailed;
}

// The desktop's own program, whose environment is the user's; what it says is not for this terminal. 0, an
// errno, or kItFailed.
int StartBrowser(const char* path) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd <= 2; ++fd) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  char program[] = "xdg-open";
  char* const arguments[] = {program, const_cast<char*>(path), nullptr};
  pid_t pid = -1;
  const int failed = ::posix_spawnp(&pid, program, &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return failed != 0 ? failed : AwaitEnd(pid);
}

[[noreturn]] void Serve(int line, bool start) {
  Order order;
  size_t got = 0;
  while (got < sizeof order) {
    const ssize_t size = ::read(line, reinterpret_cast<char*>(&order) + got, sizeof order - got);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) ::_exit(0);  // fobctl had nothing to open
    got += static_cast<size_t>(size);
  }
  order.path[sizeof order.path - 1] = '\0';
  // The terminal goes on without it, and its end is not this one's.
  ::setsid();
  ::signal(SIGHUP, SIG_IGN);
  for (int fd = 0; fd <= 2; ++fd) ::close(fd);
  if (start) {
    const int outcome = StartBrowser(order.path);
    std::ignore = ::send(line, &outcome, sizeof outcome, MSG_NOSIGNAL);
  }
  ::close(line);
  unsigned left = order.seconds;
  while (left > 0) left = ::sleep(left);
  ::unlink(order.path);
  ::_exit(0);
}

}  // namespace

Result<BrowserOpener> BrowserOpener::Fork(bool start) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return NoBrowser(errno);
  UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return NoBrowser(errno);
  if (pid == 0) {
    in.reset();
    Serve(out.get(), start);
  }
  return BrowserOpener(std::move(in), start);
}

Status BrowserOpener::Open(const std::string& path, unsigned seconds, int interrupt_fd) {
  Order order;
  order.seconds = seconds;
  if (path.size() >= sizeof order.path) return NoBrowser(ENAMETOOLONG);
  std::memcpy(order.path, path.data(), path.size());
  if (!WriteFully(line_.get(), {reinterpret_cast<const uint8_t*>(&order), sizeof order})) return NoBrowser(errno);
  const UniqueFd line = std::move(line_);
  if (!start_) return Ok();
  FOB_TRY(const Woken woken, WaitReadable(line.get(), interrupt_fd, SystemClock().MonotonicMs() + kPatienceMs));
  int outcome = kItFailed;
  if (woken != Woken::kReadable || ::read(line.get(), &outcome, sizeof outcome) != sizeof outcome) outcome = kItFailed;
  return outcome == 0 ? Ok() : Status(NoBrowser(outcome));
}

}  // namespace fob::cli
