#include "tests/support/web/gateway_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/clock.h"
#include "tests/support/process/process.h"

namespace fob::testing {
namespace {

constexpr int kPatienceMs = 20'000;

}  // namespace

LoopbackSocket::LoopbackSocket(Family family) {
  sockaddr_storage address{};
  socklen_t size = sizeof(sockaddr_in);
  if (family == Family::kIpv4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    ::inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr);
    size = sizeof v6;
  }
  fd_ = UniqueFd(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int off = 0;
  if (family == Family::kBoth) ::setsockopt(fd_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(fd_.get(), 1024) != 0 ||
      ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  port_ = ntohs(family == Family::kIpv4 ? reinterpret_cast<sockaddr_in&>(address).sin_port : reinterpret_cast<sockaddr_in6&>(address).sin6_port);
}

GatewayProcess::GatewayProcess(const LoopbackSocket& socket, std::string fobd, std::string more, std::string name, uid_t uid)
    : socket_(socket), folder_(MakeFolder("fob-webd")), name_(name.empty() ? "http" : std::move(name)), uid_(uid) {
  if (uid_ != 0) ::chmod(folder_.c_str(), 0755);
  std::ofstream(folder_ + "/fob-webd.toml") << "fobd = \"" << fobd << "\"\n" << more;
  Start();
}

GatewayProcess::~GatewayProcess() {
  Kill();
  std::filesystem::remove_all(folder_);
}

void GatewayProcess::Start() {
  const std::string ready_path = folder_ + "/ready.sock";
  const UniqueFd ready = ReadySocket(ready_path);
  ::chmod(ready_path.c_str(), 0777);
  const std::string program = ProgramFolder() + "/fob-webd", config = folder_ + "/fob-webd.toml", log_path = folder_ + "/log";
  const int64_t began = SystemClock().MonotonicMs();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::dup2(socket_.fd(), 3);
    ::fcntl(3, F_SETFD, 0);  // where it has been 3 already
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_FDNAMES", name_.c_str(), 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("NOTIFY_SOCKET", ready_path.c_str(), 1);
    if (uid_ != 0 && (::setgroups(0, nullptr) != 0 || ::setgid(uid_) != 0 || ::setuid(uid_) != 0)) ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // another uid forgets it
    ::execl(program.c_str(), program.c_str(), "--config", config.c_str(), nullptr);
    ::_exit(127);
  }
  for (int64_t deadline = began + kPatienceMs; SystemClock().MonotonicMs() < deadline;) {
    pollfd in{ready.get(), POLLIN, 0};
    if (::poll(&in, 1, 20) > 0) {
      char text[256] = "";
      const ssize_t got = ::recv(ready.get(), text, sizeof text - 1, 0);
      if (got > 0 && std::strstr(text, "READY=1") != nullptr) {
        ready_ms_ = SystemClock().MonotonicMs() - began;
        return;
      }
    }
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      break;
    }
  }
  throw std::runtime_error("fob-webd did not start: " + log());
}

int GatewayProcess::Wait() {
  int status = 0;
  if (pid_ > 0) ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int GatewayProcess::Stop() {
  Signal(SIGTERM);
  return Wait();
}

void GatewayProcess::Kill() {
  if (pid_ <= 0) return;
  Signal(SIGKILL);
  Wait();
}

void GatewayProcess::Signal(int signal) {
  if (pid_ > 0) ::kill(pid_, signal);
}

std::string GatewayProcess::log() const {
  std::ostringstream text;
  text << std::ifstream(folder_ + "/log").rdbuf();
  return text.str();
}

int64_t GatewayProcess::rss_kib() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atoll(line.c_str() + 6);
  }
  return -1;
}

}  // namespace fob::testing
