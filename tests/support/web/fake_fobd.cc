#include "tests/support/web/fake_fobd.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "proto/envelope.h"
#include "proto/frame.h"

namespace fob::testing {

FakeFobd::FakeFobd(std::string path, std::string issuer) : path_(std::move(path)) {
  On<proto::web::Metadata>([issuer](const auto&) -> Result<proto::web::Metadata::Out> {
    return proto::web::Metadata::Out{issuer, "localhost", {"openid", "profile"}, {"mfa", "phr"}, {"ES256", "EdDSA", "RS256"},
                                     {"https://app.example.org"}};
  });
  Start();
}

FakeFobd::~FakeFobd() { Stop(); }

void FakeFobd::Start() {
  stopping_ = false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  ::unlink(path_.c_str());
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_.get(), 64) != 0) {
    throw std::runtime_error("cannot listen on " + path_);
  }
  acceptor_ = std::thread([this] {
    while (!stopping_) {
      pollfd in{listener_.get(), POLLIN, 0};
      if (::poll(&in, 1, 20) <= 0) continue;
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      const std::lock_guard lock(mutex_);
      connections_.push_back(fd);
      servers_.emplace_back([this, fd] { Serve(fd); });
    }
  });
}

void FakeFobd::Stop() {
  if (!acceptor_.joinable()) return;
  stopping_ = true;
  acceptor_.join();
  listener_.reset();
  ::unlink(path_.c_str());
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : connections_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& server : servers_) server.join();
  for (const int fd : connections_) ::close(fd);
  servers_.clear();
  connections_.clear();
}

void FakeFobd::Serve(int fd) {
  proto::FrameReader reader;
  while (!stopping_) {
    const auto space = reader.Space();
    const ssize_t got = ::recv(fd, space.data(), space.size(), 0);
    if (got <= 0) return;
    reader.Filled(static_cast<size_t>(got));
    for (;;) {
      const auto message = reader.Next();
      if (!message.ok() || !message->has_value()) break;
      ++calls_;
      const SecretBytes frame = Answer(**message);
      while (stalled_ && !stopping_) ::usleep(5'000);
      if (::send(fd, frame.Reveal().data(), frame.size(), MSG_NOSIGNAL) < 0) return;
    }
  }
}

SecretBytes FakeFobd::Answer(std::string_view message) {
  const auto call = proto::ParseCall(message);
  if (!call.ok()) return proto::EncodeServiceError("InvalidParameter", "parameter", call.error().text);
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    const auto found = handlers_.find(call->method);
    if (found != handlers_.end()) handler = found->second;
  }
  if (!handler) return proto::EncodeServiceError("MethodNotFound", "method", call->method);
  auto out = handler(call->parameters);
  if (!out.ok()) return proto::EncodeError(call->method.substr(0, call->method.rfind('.')), out.error());
  return proto::EncodeReply(*std::move(out), false);
}

}  // namespace fob::testing
