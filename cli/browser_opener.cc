#include "cli/browser_opener.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "base/write_fully.h"

extern char** environ;

namespace fob::cli {
namespace {

struct Order {
  unsigned seconds = 0;
  char path[PATH_MAX] = {};
};

Error NoBrowser(int error) {
  return MakeError(Code::kUnavailable, "browser", std::string("cannot start a browser: ") + std::strerror(error));
}

// The desktop's own program, whose environment is the user's; what it says is not for this terminal.
void StartBrowser(const char* path) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd <= 2; ++fd) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  char program[] = "xdg-open";
  char* const arguments[] = {program, const_cast<char*>(path), nullptr};
  pid_t pid = -1;
  if (::posix_spawnp(&pid, program, &actions, nullptr, arguments, environ) == 0) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  ::posix_spawn_file_actions_destroy(&actions);
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
  if (start) StartBrowser(order.path);
  unsigned left = order.seconds;
  while (left > 0) left = ::sleep(left);
  ::unlink(order.path);
  ::_exit(0);
}

}  // namespace

Result<BrowserOpener> BrowserOpener::Fork(bool start) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return NoBrowser(errno);
  UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return NoBrowser(errno);
  if (pid == 0) {
    in.reset();
    Serve(out.get(), start);
  }
  return BrowserOpener(std::move(in));
}

Status BrowserOpener::Open(const std::string& path, unsigned seconds) {
  Order order;
  order.seconds = seconds;
  if (path.size() >= sizeof order.path) return NoBrowser(ENAMETOOLONG);
  std::memcpy(order.path, path.data(), path.size());
  if (!WriteFully(line_.get(), {reinterpret_cast<const uint8_t*>(&order), sizeof order})) return NoBrowser(errno);
  line_.reset();
  return Ok();
}

}  // namespace fob::cli
