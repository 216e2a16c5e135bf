#include "web/http/transport.h"

#include <sys/socket.h>

#include <cerrno>

namespace fob::web {
namespace {

class Plain final : public Transport {
 public:
  explicit Plain(int fd) : fd_(fd) {}

  Moved Read(std::span<uint8_t> into) override {
    for (;;) {
      const ssize_t got = ::recv(fd_, into.data(), into.size(), 0);
      if (got > 0) return {Outcome::kDone, static_cast<size_t>(got)};
      if (got == 0) return {Outcome::kEnded};
      if (errno == EAGAIN) return {Outcome::kWantsRead};
      if (errno != EINTR) return {Outcome::kFailed};
    }
  }
  Moved Write(ByteView from) override {
    for (;;) {
      const ssize_t sent = ::send(fd_, from.data(), from.size(), MSG_NOSIGNAL);
      if (sent > 0) return {Outcome::kDone, static_cast<size_t>(sent)};
      if (errno == EAGAIN) return {Outcome::kWantsWrite};
      if (errno != EINTR) return {Outcome::kFailed};
    }
  }
  void ShutDown() override { ::shutdown(fd_, SHUT_WR); }

 private:
  const int fd_;
};

}  // namespace

std::unique_ptr<Transport> PlainTransport(int fd) { return std::make_unique<Plain>(fd); }

}  // namespace fob::web
