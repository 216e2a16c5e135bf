#include "tests/support/scripted_daemon/scripted_daemon.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace fob::testing {
namespace {

constexpr int kWaitMs = 10'000;  // a script that hangs is a failure, not a hang

bool Streams(std::string_view method) {
  return method == proto::login::Begin::kName || method == proto::login::Continue::kName;
}

UniqueFd Listen(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) ADD_FAILURE() << "socket path too long: " << path;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(fd.get(), 64) != 0) {
    ADD_FAILURE() << "cannot listen at " << path << ": " << std::strerror(errno);
  }
  return fd;
}

}  // namespace

ScriptedDaemon::ScriptedDaemon(std::string path)
    : path_(std::move(path)), listener_(Listen(path_)), stop_(::eventfd(0, EFD_CLOEXEC)) {}

ScriptedDaemon::~ScriptedDaemon() {
  Finish();
  ::unlink(path_.c_str());
}

ScriptedDaemon& ScriptedDaemon::Add(std::string name, Step step) {
  if (thread_.joinable()) ADD_FAILURE() << "the script is being played already";
  steps_.emplace_back(std::move(name), std::move(step));
  return *this;
}

std::string ScriptedDaemon::WaitFor(int fd, short events) {
  pollfd fds[2] = {{fd, events, 0}, {stop_.get(), POLLIN, 0}};
  int ready = 0;
  do {
    ready = ::poll(fds, 2, kWaitMs);
  } while (ready < 0 && errno == EINTR);
  if (fds[1].revents != 0) return "the client was done before this";
  return ready > 0 ? "" : "waited too long";
}

ScriptedDaemon& ScriptedDaemon::Accept() {
  return Add("Accept", [this]() -> std::string {
    if (auto problem = WaitFor(listener_.get(), POLLIN); !problem.empty()) return problem;
    peer_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    reader_ = proto::FrameReader();
    return peer_.valid() ? "" : "accept failed";
  });
}

ScriptedDaemon& ScriptedDaemon::ExpectCall(
    std::string_view method, std::function<std::string(const boost::json::object&)> check) {
  return Add("Expect " + std::string(method),
             [this, method, check = std::move(check)]() -> std::string {
               for (;;) {
                 auto message = reader_.Next();
                 if (!message.ok()) return message.error().text;
                 if (message->has_value()) {
                   auto call = proto::ParseCall(**message);
                   if (!call.ok()) return call.error().text;
                   if (call->method != method) return "the client called " + call->method;
                   if (call->more != Streams(method)) return "\"more\" is wrong";
                   return check(call->parameters);
                 }
                 if (auto problem = WaitFor(peer_.get(), POLLIN); !problem.empty()) return problem;
                 const auto space = reader_.Space();
                 const ssize_t got = ::recv(peer_.get(), space.data(), space.size(), 0);
                 if (got <= 0) return "the client hung up";
                 reader_.Filled(static_cast<size_t>(got));
               }
             });
}

ScriptedDaemon& ScriptedDaemon::ExpectClosed() {
  return Add("ExpectClosed", [this]() -> std::string {
    if (auto problem = WaitFor(peer_.get(), POLLIN); !problem.empty()) return problem;
    char byte = 0;
    const ssize_t got = ::recv(peer_.get(), &byte, 1, 0);
    peer_.reset();
    // A client that leaves bytes unread resets the connection.
    return got == 0 || (got < 0 && errno == ECONNRESET) ? "" : "the client said more";
  });
}

std::string ScriptedDaemon::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      if (auto problem = WaitFor(peer_.get(), POLLOUT); !problem.empty()) return problem;
    } else if (errno != EINTR) {
      return "the client hung up";
    }
  }
  return "";
}

ScriptedDaemon& ScriptedDaemon::Raw(std::string bytes) {
  return Add("Raw", [this, bytes = std::move(bytes)] { return Write(bytes); });
}

ScriptedDaemon& ScriptedDaemon::Frame(std::string text) { return Raw(std::move(text) + '\0'); }

ScriptedDaemon& ScriptedDaemon::Flood(std::string bytes) {
  return Add("Flood", [this, bytes = std::move(bytes)]() -> std::string {
    for (int i = 0; i < 100'000; ++i) {
      if (const auto problem = Write(bytes); !problem.empty()) {
        peer_.reset();
        return problem == "the client hung up" ? "" : problem;
      }
    }
    return "the client took all of the flood";
  });
}

ScriptedDaemon& ScriptedDaemon::Info(proto::Info::Kind kind, std::string message) {
  proto::login::Begin::Out out;
  out.info = proto::Info{kind, std::move(message)};
  return Raw(std::string(proto::EncodeReply(proto::ToJson(out), true).RevealText()));
}

ScriptedDaemon& ScriptedDaemon::Ask(proto::Ask::Kind kind, std::string prompt, bool echo) {
  proto::login::Begin::Out out;
  out.ask = proto::Ask{kind, std::move(prompt), echo};
  return Reply(out);
}

ScriptedDaemon& ScriptedDaemon::Grant(proto::Granted::Outcome outcome, std::string user,
                                      std::string handle) {
  proto::login::Begin::Out out;
  out.granted.emplace();
  out.granted->outcome = outcome;
  out.granted->user = std::move(user);
  out.granted->factors = {"totp"};
  out.granted->rule = "default";
  if (!handle.empty()) out.granted->handle = SecretBytes(handle);
  return Reply(out);
}

ScriptedDaemon& ScriptedDaemon::Refuse(Code code, std::string reason, std::string message) {
  return Raw(
      std::string(proto::EncodeError("org.fobd.Login", MakeError(code, reason, std::move(message)))
                      .RevealText()));
}

ScriptedDaemon& ScriptedDaemon::Close() {
  return Add("Close", [this]() -> std::string { return peer_.reset(), ""; });
}

ScriptedDaemon& ScriptedDaemon::StopListening() {
  return Add("StopListening", [this]() -> std::string {
    listener_.reset();
    ::unlink(path_.c_str());
    return "";
  });
}

ScriptedDaemon& ScriptedDaemon::Run(std::function<void()> what) {
  return Add("Run", [what = std::move(what)]() -> std::string { return what(), ""; });
}

void ScriptedDaemon::Play() {
  for (const auto& [name, step] : steps_) {
    const std::string problem = step();
    const std::lock_guard lock(mutex_);
    moved_.notify_all();
    if (!problem.empty()) {
      problem_ = "step " + std::to_string(played_ + 1) + " of the scripted daemon, " + name + ": " +
                 problem;
      peer_.reset();
      return;
    }
    ++played_;
  }
}

void ScriptedDaemon::Start() {
  thread_ = std::thread([this] { Play(); });
}

void ScriptedDaemon::Finish() {
  if (std::exchange(finished_, true)) return;
  if (thread_.joinable()) {
    // The last steps may still be on their way; what waits for a client waits for nothing any more.
    {
      std::unique_lock lock(mutex_);
      moved_.wait_for(lock, std::chrono::seconds(2),
                      [this] { return played_ == steps_.size() || !problem_.empty(); });
    }
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  if (!problem_.empty()) ADD_FAILURE() << problem_;
  if (problem_.empty() && played_ != steps_.size())
    ADD_FAILURE() << "the scripted daemon was never started";
  if (!listener_.valid()) return;
  pollfd waiting{listener_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, 0) > 0)
    ADD_FAILURE() << "a connection that the scripted daemon does not know of";
}

}  // namespace fob::testing
