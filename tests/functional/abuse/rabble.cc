#include "tests/functional/abuse/rabble.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "proto/connection.h"

namespace fob::testing {
namespace {

void Become(const std::string& user) {
  const passwd* account = ::getpwnam(user.c_str());
  if (account == nullptr || ::setgroups(0, nullptr) != 0 || ::setgid(account->pw_gid) != 0 ||
      ::setuid(account->pw_uid) != 0)
    ::_exit(3);
}

}  // namespace

Rabble::Rabble(const std::string& user, const std::function<std::string(const Going&)>& body) {
  int hold[2], said[2];
  if (::pipe2(hold, O_CLOEXEC) != 0 || ::pipe2(said, O_CLOEXEC) != 0)
    throw std::runtime_error("pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(hold[1]);
    ::close(said[0]);
    Become(user);
    if (::write(said[1], "!", 1) != 1) ::_exit(4);
    const int64_t deadline = proto::DeadlineIn(60'000);
    const std::string text = body([&] {
      pollfd stop{hold[0], POLLIN, 0};
      return ::poll(&stop, 1, 0) == 0 && proto::DeadlineIn(0) < deadline;
    });
    ::_exit(::write(said[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 4);
  }
  ::close(hold[0]);
  ::close(said[1]);
  hold_ = UniqueFd(hold[1]);
  said_ = UniqueFd(said[0]);
  char ready = 0;
  if (::read(said_.get(), &ready, 1) != 1) throw std::runtime_error("nobody can become " + user);
}

std::string Rabble::Stop() {
  hold_.reset();
  return Wait();
}

std::string Rabble::Wait() {
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(said_.get(), buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(got));
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return text;
}

Rabble::~Rabble() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

UniqueFd RawConnect(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fd.reset();
  return fd;
}

void RawSend(int fd, std::string_view bytes) {
  (void)!::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

namespace {

struct OneDescriptor {
  char byte = '!';
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  OneDescriptor() {
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
};

}  // namespace

bool SendDescriptor(int socket, int fd) {
  OneDescriptor one;
  cmsghdr* header = CMSG_FIRSTHDR(&one.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return ::sendmsg(socket, &one.message, MSG_NOSIGNAL) == 1;
}

UniqueFd TakeDescriptor(int socket) {
  OneDescriptor one;
  int fd = -1;
  if (::recvmsg(socket, &one.message, MSG_CMSG_CLOEXEC) == 1) {
    if (const cmsghdr* header = CMSG_FIRSTHDR(&one.message); header != nullptr)
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  }
  return UniqueFd(fd);
}

int64_t ResidentKiB(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    long long size = 0;
    if (std::sscanf(line.c_str(), "VmRSS: %lld", &size) == 1) return size;
  }
  return -1;
}

double Percentile(std::vector<double> figures, double percent) {
  std::sort(figures.begin(), figures.end());
  const double at = percent / 100 * static_cast<double>(figures.size() - 1);
  return figures.at(static_cast<size_t>(at + 0.5));
}

}  // namespace fob::testing
