#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "base/unique_fd.h"
#include "proto/connection.h"

namespace fob::proto {

// The other end of a Connection, run by the test on a thread of its own until it returns.
class Peer {
 public:
  using Script = std::function<void(Peer&)>;

  explicit Peer(Script script) {
    int fds[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) std::abort();
    client_.reset(fds[0]);
    ::fcntl(fds[0], F_SETFL, O_NONBLOCK);  // as Connection::Open makes it
    socket_.reset(fds[1]);
    thread_ = std::thread([this, script = std::move(script)] {
      script(*this);
      socket_.reset();
    });
  }
  ~Peer() { thread_.join(); }

  UniqueFd TakeClient() { return std::move(client_); }

  void Say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the client hung up
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void SayMessage(std::string_view text) { Say(std::string(text) + '\0'); }

  // The next message; empty at end-of-file.
  std::string Hear() {
    std::string message;
    char c = 0;
    while (::recv(socket_.get(), &c, 1, 0) == 1) {
      if (c == '\0') return message;
      message += c;
    }
    return {};
  }
  void HearUntilEnd() {
    while (!Hear().empty()) {
    }
  }

  // Reads nothing; returns when the client has hung up.
  void AwaitHangUp() {
    pollfd end = {socket_.get(), POLLRDHUP, 0};
    ::poll(&end, 1, 10'000);
  }
  int fd() const { return socket_.get(); }

 private:
  UniqueFd client_;
  UniqueFd socket_;
  std::thread thread_;
};

}  // namespace fob::proto
