#include "tests/functional/cli/fake_daemon.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>

#include "proto/envelope.h"

namespace fob::testing {
namespace {

constexpr auto kCallPatience = std::chrono::seconds(10);

std::string Bytes(const SecretBytes& frame) { return std::string(frame.RevealText()); }

}  // namespace

FakeDaemon::FakeDaemon(std::string path)
    : path_(std::move(path)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_.get(), 16) != 0) {
    ADD_FAILURE() << "cannot listen at " << path_ << ": " << std::strerror(errno);
  }
  thread_ = std::thread([this] { Serve(); });
}

FakeDaemon::~FakeDaemon() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
  ::unlink(path_.c_str());
}

FakeDaemon& FakeDaemon::AnswerJson(std::string method,
                                   const std::vector<boost::json::object>& replies, bool ends) {
  Script script;
  for (size_t i = 0; i < replies.size(); ++i) {
    script.bytes += Bytes(proto::EncodeReply(replies[i], !ends || i + 1 < replies.size()));
  }
  const std::lock_guard lock(mutex_);
  scripts_[std::move(method)].push_back(std::move(script));
  return *this;
}

FakeDaemon& FakeDaemon::Fail(std::string method, const Error& error) {
  const std::string interface = method.substr(0, method.rfind('.'));
  const std::lock_guard lock(mutex_);
  scripts_[std::move(method)].push_back({Bytes(proto::EncodeError(interface, error))});
  return *this;
}

FakeDaemon& FakeDaemon::Raw(std::string method, std::string bytes) {
  const std::lock_guard lock(mutex_);
  scripts_[std::move(method)].push_back({std::move(bytes), true});
  return *this;
}

std::vector<FakeDaemon::Received> FakeDaemon::calls() {
  const std::lock_guard lock(mutex_);
  return calls_;
}

bool FakeDaemon::WaitForCalls(size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kCallPatience, [&] { return calls_.size() >= count; });
}

bool FakeDaemon::WaitForClosed(size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kCallPatience, [&] { return closed_ >= count; });
}

bool FakeDaemon::Handle(Peer& peer, std::string_view message) {
  auto call = proto::ParseCall(message);
  if (!call.ok()) return ADD_FAILURE() << call.error().text, false;
  const std::lock_guard lock(mutex_);
  calls_.push_back({call->method, call->parameters, call->more});
  changed_.notify_all();
  auto& waiting = scripts_[call->method];
  if (waiting.empty()) return true;
  const Script script = std::move(waiting.front());
  waiting.pop_front();
  ::send(peer.socket.get(), script.bytes.data(), script.bytes.size(), MSG_NOSIGNAL);
  return !script.hang_up;
}

bool FakeDaemon::Read(Peer& peer) {
  const auto space = peer.reader.Space();
  const ssize_t got = ::recv(peer.socket.get(), space.data(), space.size(), 0);
  if (got <= 0) {
    const std::lock_guard lock(mutex_);
    ++closed_;
    changed_.notify_all();
    return false;
  }
  peer.reader.Filled(static_cast<size_t>(got));
  for (;;) {
    auto message = peer.reader.Next();
    if (!message.ok()) return ADD_FAILURE() << message.error().text, false;
    if (!message->has_value()) return true;
    if (!Handle(peer, **message)) return false;
  }
}

void FakeDaemon::Serve() {
  std::vector<std::unique_ptr<Peer>> peers;
  for (;;) {
    std::vector<pollfd> fds = {{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& peer : peers) fds.push_back({peer->socket.get(), POLLIN, 0});
    if (::poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[0].revents != 0) return;
    for (size_t i = fds.size(); i-- > 2;) {
      if (fds[i].revents != 0 && !Read(*peers[i - 2]))
        peers.erase(peers.begin() + static_cast<ptrdiff_t>(i - 2));
    }
    if (fds[1].revents == 0) continue;
    auto peer = std::make_unique<Peer>();
    peer->socket.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (peer->socket.valid()) peers.push_back(std::move(peer));
  }
}

}  // namespace fob::testing
