// The server over real sockets, in a folder of its own.

#include "daemon/ipc/server.h"

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

#include "proto/limits.h"
#include "tests/support/core_fakes/world.h"

namespace fob::ipc {
namespace {

using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using testing::TempFolder;
using testing::World;

constexpr milliseconds kLong(10'000);

UniqueFd ConnectTo(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return UniqueFd();
  return fd;
}

// A socket of another program at `path`.
UniqueFd Bind(const std::string& path, int type, bool listening) {
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  if (listening) {
    EXPECT_EQ(::listen(fd.get(), 1), 0);
  }
  return fd;
}

// --- the socket's path

TEST(Listen, MakesASocketForEveryLocalUid) {
  const TempFolder folder;
  const auto fd = Listen(folder / "fobd.sock");
  ASSERT_TRUE(fd.ok()) << fd.error().text;
  struct stat there {};
  ASSERT_EQ(::lstat((folder / "fobd.sock").c_str(), &there), 0);
  EXPECT_TRUE(S_ISSOCK(there.st_mode));
  EXPECT_EQ(there.st_mode & 0777, 0666u);
  EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0) << "I3";
  EXPECT_TRUE(ConnectTo(folder / "fobd.sock").valid());
}

TEST(Listen, MakesItsFolderThatNobodyElseWritesTo) {
  const TempFolder folder;
  ASSERT_TRUE(Listen(folder / "run/fobd.sock").ok());
  struct stat there {};
  ASSERT_EQ(::lstat((folder / "run").c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 07777, 0755u);
}

TEST(Listen, ReplacesASocketThatNobodyServes) {
  const TempFolder folder;
  (void)Bind(folder / "fobd.sock", SOCK_STREAM, true);  // closed at once
  EXPECT_TRUE(Listen(folder / "fobd.sock").ok());
}

TEST(Listen, LeavesASocketThatSomebodyServes) {
  const TempFolder folder;
  const auto first = Listen(folder / "fobd.sock");
  ASSERT_TRUE(first.ok());
  const auto second = Listen(folder / "fobd.sock");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().reason, "already_running");
  EXPECT_TRUE(ConnectTo(folder / "fobd.sock").valid()) << "the first one's is still there";
}

TEST(Listen, LeavesASocketOfAnotherTypeThatSomebodyServes) {
  const TempFolder folder;
  for (const int type : {SOCK_DGRAM, SOCK_SEQPACKET}) {
    const std::string path = folder / ("other" + std::to_string(type));
    const UniqueFd other = Bind(path, type, type == SOCK_SEQPACKET);
    EXPECT_EQ(Listen(path).error().code, Code::kConflict) << type;
    struct stat there {};
    EXPECT_EQ(::lstat(path.c_str(), &there), 0) << "it was removed";
  }
}

TEST(Listen, RefusesWhatIsNoSocket) {
  const TempFolder folder;
  std::ofstream(folder / "file") << "precious";
  EXPECT_EQ(Listen(folder / "file").error().reason, "socket_path");
  std::filesystem::create_directory(folder / "folder");
  EXPECT_EQ(Listen(folder / "folder").error().reason, "socket_path");
  EXPECT_TRUE(std::filesystem::exists(folder / "file"));
  EXPECT_EQ(Listen(folder / "missing/too/fobd.sock").error().code, Code::kUnavailable);
  EXPECT_EQ(Listen(folder / std::string(200, 'x')).error().code, Code::kInvalidArgument);
}

TEST(Listen, I3_FollowsNoSymbolicLink) {
  const TempFolder folder;
  (void)Bind(folder / "stale", SOCK_STREAM, true);
  std::filesystem::create_symlink(folder / "stale", folder / "to-socket");
  std::filesystem::create_symlink(folder / "nowhere", folder / "dangling");
  for (const char* name : {"to-socket", "dangling"}) {
    EXPECT_EQ(Listen(folder / name).error().reason, "socket_path") << name;
    EXPECT_TRUE(std::filesystem::is_symlink(folder / name));
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "stale"));
  EXPECT_FALSE(std::filesystem::exists(folder / "nowhere"));
}

// --- a caller's side

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

std::string ErrorOf(const boost::json::object& reply) {
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
                 &world.grant(), &world.client(), &world.signing(), &world.master(), &world.backup()},
        world.authority());
    server = std::make_unique<Server>(loop, *Listen(path), *dispatcher, limits,
                                      [](int32_t) { return uint64_t{1}; },
                                      [this](const core::Peer&) { return trusted.load(); });
    server->Start();
    Pump();
    thread = std::thread([this] { loop.Run([](int) {}); });
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

// --- limits

TEST(Server, AnswersACall) {
  Served served;
  Client client(served.path);
  ASSERT_TRUE(client.Call(kInfo));
  EXPECT_EQ(client.Reply().at("parameters").at("product").as_string(), "fobd");
}

TEST(Server, I5_KnowsTheCallerByTheKernelsWord) {
  Served served;
  Client client(served.path);
  ASSERT_TRUE(client.Call("org.fobd.Admin.AddClient", R"({"name":"x","settings":{"audiences":["a"]}})"));
  EXPECT_EQ(ErrorOf(client.Reply()), "");
  const auto entry = served.Do([&] { return served.world.LastEntry(); });
  EXPECT_EQ(entry.caller_uid, static_cast<int64_t>(::geteuid()));
  EXPECT_EQ(entry.caller_pid, ::getpid());
}

void ExpectCap(ServerLimits limits, int64_t cap, bool trusted) {
  Served served(limits, trusted);
  std::vector<Client> clients;
  for (int64_t i = 0; i < cap; ++i) {
    clients.emplace_back(served.path);
    ASSERT_TRUE(clients.back().Call(kInfo));
    EXPECT_EQ(ErrorOf(clients.back().Reply()), "");
  }
  Client one_more(served.path);
  EXPECT_TRUE(one_more.Closed());
  EXPECT_EQ(served.Do([&] { return served.server->connections(); }), cap);
  clients.pop_back();
  ASSERT_TRUE(served.UntilConnections(cap - 1));
  Client again(served.path);
  ASSERT_TRUE(again.Call(kInfo));
  EXPECT_EQ(ErrorOf(again.Reply()), "") << "a place is free";
}

TEST(Server, CapsTheConnectionsOfAUid) {
  ServerLimits limits;
  limits.connections_per_uid = 3;
  ExpectCap(limits, 3, false);
}

TEST(Server, CapsHowOftenAnUntrustedUidComesBack) {
  ServerLimits limits;
  limits.arrivals = 2;
  limits.arrivals_per_second = 0;
  for (const bool trusted : {false, true}) {
    Served served(limits, trusted);
    for (int i = 0; i < 2; ++i) {
      Client client(served.path);
      ASSERT_TRUE(client.Call(kInfo));
      EXPECT_EQ(ErrorOf(client.Reply()), "");
    }
    ASSERT_TRUE(served.UntilConnections(0));
    Client again(served.path);
    if (!trusted) {
      EXPECT_TRUE(again.Closed());
      continue;
    }
    ASSERT_TRUE(again.Call(kInfo));
    EXPECT_EQ(ErrorOf(again.Reply()), "");
  }
}

TEST(Server, CapsUntrustedUidsTogether) {
  ServerLimits limits;
  limits.connections = 4;
  ExpectCap(limits, 3, false);
}

TEST(Server, UntrustedUidsLeaveRoomForTrustedOnes) {
  ServerLimits limits;
  limits.connections = 8;
  Served served(limits, false);
  std::vector<Client> clients;
  const auto served_once_more = [&] {
    clients.emplace_back(served.path);
    return clients.back().Call(kInfo) && ErrorOf(clients.back().Reply()).empty();
  };
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(served_once_more()) << i;
  EXPECT_TRUE(Client(served.path).Closed()) << "the rest is kept";
  served.trusted = true;
  EXPECT_TRUE(served_once_more());
  EXPECT_TRUE(served_once_more());
  EXPECT_TRUE(Client(served.path).Closed()) << "full";
}

TEST(Server, HasNoCapForATrustedUid) {
  ServerLimits limits;
  limits.connections = 6;
  limits.connections_per_uid = 2;
  ExpectCap(limits, 6, true);
}

TEST(Server, CapsAllConnections) {
  ServerLimits limits;
  limits.connections = 2;
  ExpectCap(limits, 2, true);
}

TEST(Server, ClosesOnAMessageThatDoesNotEndInTime) {
  ServerLimits limits;
  limits.message_ms = 200;
  Served served(limits);
  Client client(served.path);
  const auto from = Clock::now();
  ASSERT_TRUE(client.Send(R"({"method":"org.varlink.)"));
  EXPECT_TRUE(client.Closed());
  EXPECT_GE(Clock::now() - from, milliseconds(150));
  EXPECT_TRUE(served.UntilConnections(0));
}

TEST(Server, BytesThatTrickleInBuyNoTime) {
  ServerLimits limits;
  limits.message_ms = 300;
  Served served(limits);
  Client client(served.path);
  const auto from = Clock::now();
  bool closed = false;
  for (int i = 0; i < 200 && !closed; ++i)
    closed = !client.Send("x") || client.Closed(milliseconds(20));
  EXPECT_TRUE(closed);
  EXPECT_LT(Clock::now() - from, milliseconds(2'500)) << "from the first byte on";
}

TEST(Server, AWholeMessageEndsItsDeadline) {
  ServerLimits limits;
  limits.message_ms = 200;
  Served served(limits);
  Client client(served.path);
  ASSERT_TRUE(client.Send(R"({"method":"org.varlink.service.)"));
  EXPECT_FALSE(client.Readable(milliseconds(50)));
  ASSERT_TRUE(client.Send(std::string_view("GetInfo\"}\0", 10)));
  EXPECT_EQ(ErrorOf(client.Reply()), "");
  EXPECT_FALSE(client.Closed(milliseconds(400)));
}

TEST(Server, ClosesAConnectionThatAsksNothing) {
  ServerLimits limits;
  limits.idle_ms = 200;
  Served served(limits);
  Client client(served.path);
  EXPECT_TRUE(client.Closed());
  Client after_a_call(served.path);
  ASSERT_TRUE(after_a_call.Call(kInfo));
  (void)after_a_call.Reply();
  EXPECT_TRUE(after_a_call.Closed());
}

TEST(Server, AnUntrustedUidMayIdleForLess) {
  ServerLimits limits;
  limits.untrusted_idle_ms = 200;
  Served served(limits);
  Client trusted(served.path);
  ASSERT_TRUE(trusted.Call(kInfo));
  (void)trusted.Reply();
  served.trusted = false;
  Client untrusted(served.path);
  ASSERT_TRUE(untrusted.Call(kInfo));
  (void)untrusted.Reply();
  EXPECT_TRUE(untrusted.Closed());
  EXPECT_FALSE(trusted.Closed(milliseconds(50)));
}

TEST(Server, ClosesOnACallThatTakesTooLong) {
  ServerLimits limits;
  limits.call_ms = 200;
  Served served(limits);
  served.Do([&] { served.world.queue().hold = true; });
  Client client(served.path);
  ASSERT_TRUE(client.Call("org.fobd.Admin.Status"));
  EXPECT_TRUE(client.Closed());
  served.Do([&] { served.world.queue().hold = false; });
  EXPECT_TRUE(served.Until([&] { return served.world.queue().waiting() == 0; }))
      << "its answer goes nowhere";
}

TEST(Server, ClosesOnACallerWhoDoesNotRead) {
  Served served;
  Client client(served.path);
  ASSERT_EQ(::fcntl(client.fd(), F_SETFL, O_NONBLOCK), 0);
  // Descriptions are some kilobytes each: thousands of them fit into no socket.
  const std::string call =
      std::string(R"({"method":"org.varlink.service.GetInterfaceDescription",)") +
      R"("parameters":{"interface":"org.fobd.Login"}})" + '\0';
  const auto end = Clock::now() + kLong;
  bool gone = false;
  while (!gone && Clock::now() < end) {
    (void)::send(client.fd(), call.data(), call.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    gone = served.Do([&] { return served.server->connections() == 0; });
  }
  EXPECT_TRUE(gone);
}

// --- messages

TEST(Server, AOnewayCallGetsNoReply) {
  Served served;
  Client client(served.path);
  ASSERT_TRUE(client.Call(kInfo, "{}", R"(,"oneway":true)"));
  ASSERT_TRUE(client.Call("org.varlink.service.GetInterfaceDescription",
                          R"({"interface":"org.fobd.Token"})"));
  EXPECT_TRUE(client.Reply().at("parameters").as_object().contains("description"));
}

TEST(Server, CallsThatComeTogetherAreAnsweredInOrder) {
  Served served;
  Client client(served.path);
  const char* interfaces[] = {"org.fobd.Login", "org.fobd.Enrol", "org.fobd.Token",
                              "org.fobd.Admin"};
  std::string calls;
  for (int i = 0; i < 40; ++i) {
    calls +=
        R"({"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":")" +
        std::string(interfaces[i % 4]) + "\"}}" + '\0';
    // Some that take the store's time between those that do not.
    calls += std::string(R"({"method":"org.fobd.Admin.Status"})") + '\0';
  }
  std::thread sender([&] { EXPECT_TRUE(client.Send(calls)); });
  for (int i = 0; i < 40; ++i) {
    const auto description = client.Reply();
    EXPECT_THAT(std::string(description.at("parameters").at("description").as_string()),
                HasSubstr("interface " + std::string(interfaces[i % 4]) + "\n"));
    EXPECT_TRUE(client.Reply().at("parameters").as_object().contains("status"));
  }
  sender.join();
}

TEST(Server, AnAnswerMayComeBeforeItsQuestionIsRead) {
  Served served;
  Client client(served.path);
  ASSERT_TRUE(client.Send(
      std::string(
          R"({"method":"org.fobd.Login.Begin","parameters":{"user":"alice","service":"sshd"},"more":true})") +
      '\0' + R"({"method":"org.fobd.Login.Continue","parameters":{"answer":"x"},"more":true})" +
      '\0'));
  EXPECT_TRUE(client.Reply().at("parameters").at("ask").is_object());
  EXPECT_EQ(ErrorOf(client.Reply()), "org.fobd.Login.Denied");
}

TEST(Server, I6_GarbageGetsOneErrorAndTheConnectionCloses) {
  const std::string deep = std::string(10, '[') + std::string(10, ']');
  const std::string garbage[] = {
      "this is no message",
      "",
      "[]",
      "{}",
      "null",
      R"({"method":7})",
      R"({"method":"a.b","method":"a.b"})",
      R"({"method":"a.b"} trailing)",
      R"({"method":"a.b","parameters":[]})",
      R"({"method":"a.b","surprise":1})",
      R"({"method":"a.b","more":"yes"})",
      R"({"method":"a.b","parameters":{"x":)" + deep + "}}",
      "{\"method\":\"a.\xff\"}",
  };
  Served served;
  for (const std::string& text : garbage) {
    Client client(served.path);
    // A good call before it is answered, a good one after it is not.
    const std::string good = std::string(R"({"method":"org.varlink.service.GetInfo"})") + '\0';
    ASSERT_TRUE(client.Send(good + text + '\0' + good));
    EXPECT_EQ(ErrorOf(client.Reply()), "") << text;
    EXPECT_EQ(ErrorOf(client.Reply()), "org.varlink.service.InvalidParameter") << text;
    EXPECT_EQ(client.Receive(), std::nullopt) << text;
  }
  EXPECT_TRUE(served.UntilConnections(0));
}

TEST(Server, I6_AMessageThatIsTooLongCloses) {
  Served served;
  Client client(served.path);
  (void)client.Send(R"({"method":")" + std::string(proto::kMaxMessage + 1000, 'x'));
  EXPECT_TRUE(client.Closed());
  EXPECT_TRUE(served.UntilConnections(0));
}

TEST(Server, I6_AMessageThatIsCutOffIsNone) {
  Served served;
  Client client(served.path);
  const auto before = served.Do([&] { return served.world.Trail().size(); });
  ASSERT_TRUE(client.Send(
      R"({"method":"org.fobd.Admin.AddClient","parameters":{"name":"x","settings":{"audiences":["a"]}}})"));
  client.Close();
  EXPECT_TRUE(served.UntilConnections(0));
  EXPECT_EQ(served.Do([&] { return served.world.Trail().size(); }), before);
}

// --- callers who go

TEST(Server, I10_EndOfFileEndsACeremony) {
  Served served;
  for (const char* service : {"door", "sshd"}) {  // a key blinks; a code is asked for
    Client client(served.path);
    ASSERT_TRUE(client.Call("org.fobd.Login.Begin",
                            R"({"user":"alice","service":")" + std::string(service) + "\"}",
                            R"(,"more":true)"));
    const bool key = service == std::string("door");
    if (key) {
      ASSERT_TRUE(served.Until([&] { return served.world.desk.alive() == 1; }));
    } else {
      EXPECT_TRUE(client.Reply().at("parameters").at("ask").is_object());
    }
    client.Close();
    EXPECT_TRUE(served.UntilConnections(0));
    EXPECT_TRUE(served.Until([&] { return served.world.LastEntry().detail == "caller_gone"; }));
    EXPECT_EQ(served.Do([&] { return served.world.desk.alive(); }), 0);
    EXPECT_EQ(served.Do([&] { return served.world.timers.pending(); }), 0u);
  }
}

TEST(Server, ACallerWhoGoesAtOnceHarmsNothing) {
  Served served;
  served.Do([&] { served.world.queue().hold = true; });
  for (const char* service : {"fob-web", "sshd", "cron", "telnet", "door"}) {
    Client client(served.path);
    ASSERT_TRUE(client.Call("org.fobd.Login.Begin",
                            R"({"user":"alice","service":")" + std::string(service) + "\"}",
                            R"(,"more":true)"));
  }
  EXPECT_TRUE(served.UntilConnections(0));
  served.Do([&] { served.world.queue().hold = false; });
  EXPECT_TRUE(served.Until([&] { return served.world.queue().waiting() == 0; }));
  Client client(served.path);
  ASSERT_TRUE(client.Call(kInfo));
  EXPECT_EQ(ErrorOf(client.Reply()), "");
}

TEST(Server, TheServerMayGoBeforeItsCallers) {
  auto served = std::make_unique<Served>();
  Client asking(served->path);
  ASSERT_TRUE(asking.Call("org.fobd.Login.Begin", R"({"user":"alice","service":"sshd"})",
                          R"(,"more":true)"));
  (void)asking.Reply();
  Client driving(served->path);
  ASSERT_TRUE(driving.Call("org.fobd.Login.Begin", R"({"user":"alice","service":"door"})",
                           R"(,"more":true)"));
  ASSERT_TRUE(served->Until([&] { return served->world.desk.alive() == 1; }));
  served.reset();
  EXPECT_TRUE(asking.Closed());
  EXPECT_TRUE(driving.Closed());
}

TEST(Server, ManyCallersLeaveNoDescriptor) {
  Served served;
  const auto open = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                         std::filesystem::directory_iterator());
  };
  const auto before = served.Do(open);
  for (int i = 0; i < 200; ++i) {
    Client client(served.path);
    ASSERT_TRUE(client.Call(kInfo));
    if (i % 2 == 0) {
      EXPECT_EQ(ErrorOf(client.Reply()), "");
    }
  }
  ASSERT_TRUE(served.UntilConnections(0));
  EXPECT_TRUE(served.Until([&] { return open() == before; }));
}

}  // namespace
}  // namespace fob::ipc
