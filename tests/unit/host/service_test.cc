// What fobd owes its service manager: socket activation, notifications, log lines.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "daemon/host/descriptor_limit.h"
#include "daemon/host/journal.h"
#include "daemon/host/listen_fds.h"
#include "daemon/host/notify.h"
#include "daemon/host/seldom.h"

namespace fob::host {
namespace {

TEST(LogLine, IsOneLine) {
  EXPECT_EQ(LogLine(Priority::kWarning, "store is slow", true), "<4>store is slow\n");
  EXPECT_EQ(LogLine(Priority::kWarning, "store is slow", false), std::string(program_invocation_short_name) + ": store is slow\n");
  EXPECT_EQ(LogLine(Priority::kInfo, "user a\n<0>forged\x1b[2J", true), "<6>user a?<0>forged?[2J\n");
  EXPECT_EQ(LogLine(Priority::kInfo, std::string(5000, 'x'), true).size(), 2004u);
}

TEST(LogLine, SteersNoTerminalAndReordersNothing) {
  const auto clean = [](std::string_view text) { return LogLine(Priority::kInfo, text, true); };
  EXPECT_EQ(clean("a\xc2\x9b" "2Jb"), "<6>a?2Jb\n");
  EXPECT_EQ(clean("\xc2\x80\xc2\x9f\xc2\xa0"), "<6>??\xc2\xa0\n");
  EXPECT_EQ(clean("\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xa9\xe2\x80\xaf"), "<6>??\xe2\x80\xa9\xe2\x80\xaf\n");
  EXPECT_EQ(clean("\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xa5\xe2\x81\xaa"), "<6>??\xe2\x81\xa5\xe2\x81\xaa\n");
  EXPECT_EQ(clean("J\xc3\xbcrgen \xe2\x82\xac"), "<6>J\xc3\xbcrgen \xe2\x82\xac\n");
  EXPECT_EQ(clean("cut \xe2\x80"), "<6>cut \xe2\x80\n");
}

TEST(Seldom, IsDueOnceAnInterval) {
  struct Held final : Clock {
    int64_t UnixSeconds() const override { return 0; }
    int64_t MonotonicMs() const override { return now; }
    int64_t now = 5;
  } clock;
  Seldom seldom(clock, 60'000);
  EXPECT_TRUE(seldom.Due());
  EXPECT_FALSE(seldom.Due());
  clock.now += 59'999;
  EXPECT_FALSE(seldom.Due());
  clock.now += 1;
  EXPECT_TRUE(seldom.Due());
  EXPECT_FALSE(seldom.Due());
}

// In a child, since sd_listen_fds looks at fixed descriptor numbers and at the pid.
int ExitStatusOfChild(int (*child)(int), int fd) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child(fd));
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int Activate(int fd, const char* count) {
  if (fd != 3 && ::dup2(fd, 3) != 3) return 100;
  ::setenv("LISTEN_FDS", count, 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  const auto taken = TakeListenSocket();
  if (!taken.ok()) return taken.error().reason == "bad_activation" ? 1 : 101;
  if (!taken->has_value()) return 2;
  const bool close_on_exec = (::fcntl((*taken)->get(), F_GETFD) & FD_CLOEXEC) != 0;
  return close_on_exec && std::getenv("LISTEN_FDS") == nullptr ? 0 : 102;
}

UniqueFd Listening(int type) {
  UniqueFd fd(::socket(AF_UNIX, type, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;  // no path: the kernel chooses an abstract name
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(sa_family_t)), 0);
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  return fd;
}

TEST(RaiseDescriptorLimit, TakesWhatIsAllowedUpTo65536) {
  EXPECT_EQ(ExitStatusOfChild(
                [](int) {
                  rlimit before{};
                  if (::getrlimit(RLIMIT_NOFILE, &before) != 0) return 100;
                  const rlim_t most = std::min<rlim_t>(before.rlim_max, 65536);
                  const rlimit low{64, before.rlim_max};
                  if (::setrlimit(RLIMIT_NOFILE, &low) != 0) return 101;
                  RaiseDescriptorLimit();
                  rlimit after{};
                  if (::getrlimit(RLIMIT_NOFILE, &after) != 0) return 102;
                  return after.rlim_cur == most && after.rlim_max == before.rlim_max ? 0 : 1;
                },
                0),
            0);
}

TEST(TakeListenSocket, TakesOneListeningUnixStream) {
  const UniqueFd fd = Listening(SOCK_STREAM);
  EXPECT_EQ(ExitStatusOfChild([](int fd) { return Activate(fd, "1"); }, fd.get()), 0);
}

TEST(TakeListenSocket, RefusesWhatIsNotOne) {
  const UniqueFd packets = Listening(SOCK_SEQPACKET);
  EXPECT_EQ(ExitStatusOfChild([](int fd) { return Activate(fd, "1"); }, packets.get()), 1);
  const UniqueFd connected(::socket(AF_UNIX, SOCK_STREAM, 0));
  EXPECT_EQ(ExitStatusOfChild([](int fd) { return Activate(fd, "1"); }, connected.get()), 1);
  const UniqueFd file(::open("/dev/null", O_RDONLY));
  EXPECT_EQ(ExitStatusOfChild([](int fd) { return Activate(fd, "1"); }, file.get()), 1);
}

TEST(TakeListenSocket, RefusesSeveral) {
  const UniqueFd fd = Listening(SOCK_STREAM);
  EXPECT_EQ(ExitStatusOfChild(
                [](int fd) {
                  ::dup2(fd, 4);
                  return Activate(fd, "2");
                },
                fd.get()),
            1);
}

TEST(TakeListenSocket, NothingWithoutActivation) {
  EXPECT_EQ(ExitStatusOfChild([](int) {
              const auto taken = TakeListenSocket();
              return taken.ok() && !taken->has_value() ? 0 : 1;
            }, 0), 0);
}

TEST(Notify, SpeaksToTheServiceManager) {
  std::string folder = (std::filesystem::temp_directory_path() / "fob-notify-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/notify";
  const UniqueFd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const timeval patience{10, 0};
  ::setsockopt(manager.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const auto heard = [&] {
    std::string text(4096, '\0');
    const ssize_t size = ::recv(manager.get(), text.data(), text.size(), 0);
    return text.substr(0, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  };
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  NotifyReady("serving 3 users\nMAINPID=1");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=serving 3 users MAINPID=1");
  NotifyStatus("store is read-only");
  EXPECT_EQ(heard(), "STATUS=store is read-only");
  NotifyStopping();
  EXPECT_EQ(heard(), "STOPPING=1");
  NotifyWatchdog();
  EXPECT_EQ(heard(), "WATCHDOG=1");
  ::unsetenv("NOTIFY_SOCKET");
  NotifyReady("nobody listens");

  ::unsetenv("WATCHDOG_USEC");
  EXPECT_EQ(WatchdogIntervalMs(), 0);
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  EXPECT_EQ(WatchdogIntervalMs(), 5000);
  ::unsetenv("WATCHDOG_USEC");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace fob::host
