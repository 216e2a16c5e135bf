#include "proto/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"

namespace fob::proto {
namespace {

constexpr int64_t kSliceMs = 100;

Error Unreachable(const std::string& path, int error) {
  return MakeError(Code::kUnavailable, "daemon_unreachable",
                   "cannot reach fobd at " + path + ": " + std::strerror(error));
}

}  // namespace

int64_t DeadlineIn(int64_t ms) { return SystemClock().MonotonicMs() + ms; }

Result<Connection> Connection::Open(const std::string& path, int64_t deadline_ms) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return Unreachable(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  const SystemClock clock;
  for (;;) {
    // A full backlog is the one failure that passes by itself. The kernel holds those who wait for it in a queue;
    // who came back again and again instead would find it full whenever others come back more often.
    const int64_t left = std::max<int64_t>(deadline_ms - clock.MonotonicMs(), 1);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval longest{left / 1000, left % 1000 * 1000};
    if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof(longest)) != 0) {
      return Unreachable(path, errno);
    }
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) return Unreachable(path, errno);
      return Connection(std::move(fd));
    }
    if (errno != EAGAIN && errno != EINTR) return Unreachable(path, errno);
    if (clock.MonotonicMs() >= deadline_ms) {
      return MakeError(Code::kTimedOut, "daemon_busy", "fobd at " + path + " takes no more connections");
    }
  }
}

Error Connection::Fail(Error error) {
  Close();
  return error;
}

Error Connection::Broken() {
  return Fail(MakeError(Code::kCorrupt, "bad_reply", "fobd answered with something that is not of the protocol"));
}

Status Connection::Wait(short events, int64_t deadline_ms) {
  const SystemClock clock;
  for (;;) {
    const int64_t left = deadline_ms - clock.MonotonicMs();
    if (left <= 0) return Fail(MakeError(Code::kTimedOut, "timed_out", "fobd did not answer in time"));
    const int64_t slice = on_wait_ ? std::min(left, kSliceMs) : std::min<int64_t>(left, 60'000);
    pollfd fds[2] = {{socket_.get(), events, 0}, {interrupt_fd_, POLLIN, 0}};
    const int ready = ::poll(fds, interrupt_fd_ >= 0 ? 2 : 1, static_cast<int>(slice));
    if (ready < 0 && errno != EINTR) {
      return Fail(MakeError(Code::kUnavailable, "poll_failed", std::string("poll: ") + std::strerror(errno)));
    }
    if (ready > 0 && interrupt_fd_ >= 0 && fds[1].revents != 0) {
      return Fail(MakeError(Code::kCancelled, "interrupted", "interrupted"));
    }
    if (ready > 0 && fds[0].revents != 0) return Ok();
    if (on_wait_) on_wait_();
  }
}

Status Connection::Send(const SecretBytes& frame, int64_t deadline_ms) {
  if (!open()) return MakeError(Code::kUnavailable, "disconnected", "the connection to fobd is closed");
  ByteView rest = frame.Reveal();
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      rest = rest.subspan(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      FOB_CHECK(Wait(POLLOUT, deadline_ms));
    } else if (errno != EINTR) {
      return Fail(MakeError(Code::kUnavailable, "disconnected", "fobd closed the connection"));
    }
  }
  return Ok();
}

Result<Reply> Connection::Receive(int64_t deadline_ms) {
  for (;;) {
    auto message = reader_.Next();
    if (!message.ok()) return Broken();
    if (message->has_value()) {
      auto reply = ParseReply(**message);
      if (!reply.ok()) return Broken();
      return reply;
    }
    FOB_CHECK(Wait(POLLIN, deadline_ms));
    const auto space = reader_.Space();
    const ssize_t got = ::recv(socket_.get(), space.data(), space.size(), 0);
    if (got > 0) {
      reader_.Filled(static_cast<size_t>(got));
    } else if (got == 0) {
      return Fail(reader_.partial()
                      ? MakeError(Code::kCorrupt, "cut_off", "fobd's answer was cut off")
                      : MakeError(Code::kUnavailable, "disconnected", "fobd closed the connection"));
    } else if (errno != EAGAIN && errno != EINTR) {
      return Fail(MakeError(Code::kUnavailable, "disconnected", "fobd closed the connection"));
    }
  }
}

}  // namespace fob::proto
