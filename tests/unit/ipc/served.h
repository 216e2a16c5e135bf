#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <future>
#include <thread>

#include "daemon/ipc/server.h"
#include "proto/limits.h"
#include "tests/support/core_fakes/world.h"

// A caller's side of the socket, and a core that is served on it.
namespace fob::ipc {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using testing::TempFolder;
using testing::World;

constexpr milliseconds kLong(10'000);

inline UniqueFd ConnectTo(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return UniqueFd();
  return fd;
}

class Client {
 public:
  explicit Client(const std::string& path) : fd_(ConnectTo(path)) {}

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  bool Call(std::string_view method, std::string_view parameters = "{}",
            std::string_view flags = "") {
    std::string text =
        R"({"method":")" + std::string(method) + R"(","parameters":)" + std::string(parameters);
    text += std::string(flags) + "}";
    return Send(text + '\0');
  }
  // The next message, or nothing at end-of-file.
  std::optional<std::string> Receive() {
    for (;;) {
      if (const size_t nul = buffer_.find('\0'); nul != std::string::npos) {
        std::string message = buffer_.substr(0, nul);
        buffer_.erase(0, nul + 1);
        return message;
      }
      if (!Readable(kLong)) return "(silence)";
      if (!Fill()) return std::nullopt;
    }
  }
  boost::json::object Reply() {
    const auto message = Receive();
    EXPECT_TRUE(message.has_value()) << "end of file";
    boost::system::error_code failed;
    const auto value = boost::json::parse(message.value_or(""), failed);
    EXPECT_TRUE(!failed && value.is_object()) << message.value_or("");
    return !failed && value.is_object() ? value.as_object() : boost::json::object();
  }
  // End-of-file within `longest`, whatever comes before it.
  bool Closed(milliseconds longest = kLong) {
    const auto end = Clock::now() + longest;
    for (;;) {
      const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
      if (left.count() < 0 || !Readable(left)) return false;
      if (!Fill()) return true;
    }
  }
  bool Readable(milliseconds longest) {
    pollfd wait{fd_.get(), POLLIN, 0};
    return ::poll(&wait, 1, static_cast<int>(longest.count())) == 1;
  }
  void Close() { fd_.reset(); }
  int fd() const { return fd_.get(); }

 private:
  bool Fill() {
    char bytes[4096];
    const ssize_t size = ::recv(fd_.get(), bytes, sizeof(bytes), 0);
    if (size <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(size));
    return true;
  }

  UniqueFd fd_;
  std::string buffer_;
};

inline std::string ErrorOf(const boost::json::object& reply) {
  const auto* error = reply.if_contains("error");
  return error == nullptr ? "" : std::string(error->as_string());
}

// A served core. The loop turns in a thread of its own, in which alone anything of the world is
// touched.
class Served {
 public:
  explicit Served(ServerLimits limits = {}, bool callers_are_trusted = true)
      : trusted(callers_are_trusted) {
    const uint32_t us = ::geteuid();
    world.settings.trusted_uids = {us};
    world.host.accounts["tester"] = {"tester", us, us, {}};
    world.AddOtp("alice", "phone");
    world.AddKey("alice", "blue");
    dispatcher = std::make_unique<Dispatcher>(
        Services{&world.login(), &world.enrol(), &world.token(), &world.admin(), &world.audit(),
                 &world.grant(), &world.client(), &world.signing(), &world.master(), &world.backup(), &world.web_sessions(), &world.web_login(),
                 &world.authorize(), &world.links(), &world.account(), &world.authority()},
        world.authority());
    server = std::make_unique<Server>(loop, *Listen(path), *dispatcher, limits,
                                      [](int32_t) { return uint64_t{1}; },
                                      [this](const core::Peer&) { return trusted.load(); });
    server->Start();
    Pump();
    thread = std::thread([this] { loop.Run([](int) {}, [] {}); });
  }
  ~Served() {
    loop.Stop();
    thread.join();
    pump.reset();
    server.reset();
  }

  // Runs `work` where the loop runs.
  template <typename Work>
  auto Do(Work work) {
    std::promise<decltype(work())> done;
    auto future = done.get_future();
    loop.Post([work = std::move(work), done = std::move(done)]() mutable {
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        done.set_value();
      } else {
        done.set_value(work());
      }
    });
    return future.get();
  }
  bool Until(const std::function<bool()>& holds) {
    const auto end = Clock::now() + kLong;
    while (Clock::now() < end) {
      if (Do([&] { return holds(); })) return true;
      std::this_thread::yield();
    }
    return false;
  }
  bool UntilConnections(int64_t count) {
    return Until([&, count] { return server->connections() == count; });
  }

  std::atomic<bool> trusted;  // what the server takes callers for
  TempFolder folder;
  std::string path = folder / "fobd.sock";
  World world;
  Loop loop;
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<Server> server;

 private:
  // The fakes answer when they are told to.
  void Pump() {
    world.Settle();
    pump = loop.After(1, [this] { Pump(); });
  }
  std::unique_ptr<core::Timers::Handle> pump;
  std::thread thread;
};

constexpr std::string_view kInfo = "org.varlink.service.GetInfo";

}  // namespace fob::ipc
