#include "proto/connection.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/un.h>

#include <filesystem>

#include "base/clock.h"
#include "proto/limits.h"
#include "tests/unit/proto/peer.h"

namespace fob::proto {
namespace {

constexpr int64_t kLong = 10'000;
constexpr std::string_view kNoLogins = R"({"parameters":{"logins":[]}})";

Result<login::List::Out> CallList(Connection& connection, int64_t ms = kLong) {
  return connection.Call<login::List>({}, DeadlineIn(ms));
}

// One List call against a peer that answers with `bytes` and then hangs up. The code and reason of its error.
std::string ErrorOf(std::string_view bytes) {
  Peer peer([bytes](Peer& p) {
    p.Hear();
    p.Say(bytes);
  });
  Connection connection(peer.TakeClient());
  const auto out = CallList(connection);
  if (out.ok()) return "ok";
  return std::string(CodeName(out.error().code)) + "/" + out.error().reason;
}

TEST(Connection, CallsAndAnswers) {
  Peer peer([](Peer& p) {
    EXPECT_EQ(p.Hear(), R"({"method":"org.fobd.Login.List","parameters":{}})");
    p.SayMessage(kNoLogins);
    EXPECT_EQ(p.Hear(), R"({"method":"org.fobd.Login.End","parameters":{"login":"x"}})");
    p.SayMessage(R"({"error":"org.fobd.Login.NotFound","parameters":{"reason":"no_login","message":"No such login."}})");
    EXPECT_EQ(p.Hear(), R"({"method":"org.fobd.Login.List","parameters":{}})");
    p.SayMessage(kNoLogins);
  });
  Connection connection(peer.TakeClient());
  EXPECT_TRUE(CallList(connection).ok());
  const auto end = connection.Call<login::End>({.login = "x", .user = std::nullopt}, DeadlineIn(kLong));
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code, Code::kNotFound);
  EXPECT_EQ(end.error().text, "No such login.");
  EXPECT_TRUE(connection.open()) << "the daemon's own error leaves the connection as it is";
  EXPECT_TRUE(CallList(connection).ok());
}

TEST(Connection, StreamsUntilTheLastReply) {
  Peer peer([](Peer& p) {
    EXPECT_NE(p.Hear().find("\"more\":true"), std::string::npos);
    for (int i = 0; i < 3; ++i) p.SayMessage(R"({"parameters":{"info":{"kind":"wait","message":"m"}},"continues":true})");
    p.SayMessage(R"({"parameters":{"ask":{"kind":"code","prompt":"Code: ","echo":true}}})");
  });
  Connection connection(peer.TakeClient());
  int infos = 0;
  const auto last = connection.Stream<login::Begin>({.user = "ada", .service = "sshd"}, DeadlineIn(kLong), [&](login::Begin::Out out) {
    EXPECT_TRUE(out.info.has_value());
    ++infos;
    return Ok();
  });
  ASSERT_TRUE(last.ok()) << last.error().text;
  EXPECT_EQ(last->ask->prompt, "Code: ");
  EXPECT_EQ(infos, 3);
}

TEST(Connection, CallBackEndsTheStream) {
  Peer peer([](Peer& p) {
    p.Hear();
    p.SayMessage(R"({"parameters":{"info":{"kind":"wait","message":"m"}},"continues":true})");
    EXPECT_EQ(p.Hear(), "");
  });
  Connection connection(peer.TakeClient());
  const auto last = connection.Stream<login::Begin>({.user = "ada", .service = "sshd"}, DeadlineIn(kLong), [&](login::Begin::Out) {
    return MakeError(Code::kCancelled, "stop", "stop");
  });
  EXPECT_EQ(last.error().reason, "stop");
  connection.Close();
}

TEST(Connection, RepliesMayComeInAnyPieces) {
  Peer peer([](Peer& p) {
    p.Hear();
    for (const char c : std::string(kNoLogins) + '\0') p.Say(std::string(1, c));
  });
  Connection connection(peer.TakeClient());
  EXPECT_TRUE(CallList(connection).ok());
}

TEST(Connection, LargeCallsPassASmallSocketBuffer) {
  Peer peer([](Peer& p) {
    EXPECT_GT(p.Hear().size(), 60'000u);
    p.SayMessage(R"({"parameters":{}})");
  });
  UniqueFd client = peer.TakeClient();
  const int small = 4096;
  ::setsockopt(client.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
  Connection connection(std::move(client));
  const auto out = connection.Call<login::Continue>({.answer = SecretBytes(size_t{60'000})}, DeadlineIn(kLong));
  EXPECT_TRUE(out.ok());
}

TEST(Connection, I1_NoAnswerTimesOut) {
  Peer peer([](Peer& p) { p.HearUntilEnd(); });
  Connection connection(peer.TakeClient());
  const auto out = CallList(connection, 30);
  ASSERT_FALSE(out.ok());
  EXPECT_EQ(out.error().code, Code::kTimedOut);
  EXPECT_FALSE(connection.open());
  EXPECT_EQ(CallList(connection).error().reason, "disconnected");
}

// Bytes that trickle in do not push the deadline on.
TEST(Connection, I1_DeadlineHoldsAgainstATrickle) {
  Peer peer([](Peer& p) {
    p.Hear();
    p.Say("{");
    while (true) {
      p.Say(" ");
      if (pollfd closed = {p.fd(), POLLIN, 0}; ::poll(&closed, 1, 1) == 1) return;
    }
  });
  Connection connection(peer.TakeClient());
  const int64_t from = SystemClock().MonotonicMs();
  EXPECT_EQ(CallList(connection, 60).error().code, Code::kTimedOut);
  EXPECT_LT(SystemClock().MonotonicMs() - from, kLong / 2);
}

TEST(Connection, I1_PeerThatDoesNotReadTimesOut) {
  Peer peer([](Peer& p) { p.AwaitHangUp(); });
  UniqueFd client = peer.TakeClient();
  const int small = 4096;
  ::setsockopt(client.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
  Connection connection(std::move(client));
  const auto out = connection.Call<login::Continue>({.answer = SecretBytes(size_t{60'000})}, DeadlineIn(60));
  EXPECT_EQ(out.error().code, Code::kTimedOut);
}

TEST(Connection, InterruptDescriptorCancels) {
  int pipe_fds[2];
  ASSERT_EQ(::pipe2(pipe_fds, O_CLOEXEC), 0);
  const UniqueFd reading(pipe_fds[0]);
  const UniqueFd writing(pipe_fds[1]);
  Peer peer([&](Peer& p) {
    p.Hear();
    EXPECT_EQ(::write(writing.get(), "x", 1), 1);
    p.HearUntilEnd();
  });
  Connection connection(peer.TakeClient());
  connection.set_interrupt_fd(reading.get());
  const auto out = CallList(connection);
  EXPECT_EQ(out.error().code, Code::kCancelled);
  EXPECT_FALSE(connection.open());
}

TEST(Connection, CallsOnWaitWhileWaiting) {
  int waits = 0;
  Peer peer([](Peer& p) { p.HearUntilEnd(); });
  Connection connection(peer.TakeClient());
  connection.set_on_wait([&] { ++waits; });
  EXPECT_EQ(CallList(connection, 350).error().code, Code::kTimedOut);
  EXPECT_GE(waits, 2);
}

TEST(Connection, I6_EndOfFileIsAnErrorAndACutOffAnswerAnother) {
  EXPECT_EQ(ErrorOf(""), "unavailable/disconnected");
  for (size_t size = 1; size <= kNoLogins.size(); ++size) {
    EXPECT_EQ(ErrorOf(kNoLogins.substr(0, size)), "corrupt/cut_off") << size;
  }
}

TEST(Connection, GarbageIsCorrupt) {
  using namespace std::string_view_literals;
  for (const std::string_view bytes :
       {"\0"sv, "hello\0"sv, "[]\0"sv, "{}x\0"sv, "{\"parameters\":{}}\0"sv, "{\"parameters\":{\"logins\":5}}\0"sv,
        "{\"parameters\":{\"logins\":[{}]}}\0"sv, "{\"parameters\":[]}\0"sv, "{\"error\":5}\0"sv, "\xff\xfe\0"sv,
        "{\"parameters\":{\"logins\":[]},\"parameters\":{\"logins\":[]}}\0"sv,
        "{\"parameters\":{\"logins\":[]},\"continues\":true}\0"sv, "GET / HTTP/1.1\r\n\r\n\0"sv}) {
    EXPECT_EQ(ErrorOf(bytes), "corrupt/bad_reply") << bytes;
  }
  EXPECT_EQ(ErrorOf(std::string(2 * kMaxMessage, 'x')), "corrupt/bad_reply");
}

TEST(Connection, IgnoresReplyFieldsOfALaterDaemon) {
  EXPECT_EQ(ErrorOf(std::string(R"({"parameters":{"logins":[],"later":1},"later":{}})") + '\0'), "ok");
}

TEST(Connection, OpenSaysWhatItCouldNotReach) {
  for (const std::string& path : {std::string(""), std::string("/nonexistent/fobd.sock"), "/" + std::string(200, 'x')}) {
    const auto opened = Connection::Open(path, DeadlineIn(1000));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, Code::kUnavailable);
    EXPECT_EQ(opened.error().reason, "daemon_unreachable");
  }
}

TEST(Connection, OpenWaitsForAFullBacklogUntilItsDeadline) {
  std::string folder = (std::filesystem::temp_directory_path() / "fob-proto-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/s";
  const UniqueFd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(listening.get(), 0), 0);
  const auto first = Connection::Open(path, DeadlineIn(1000));
  EXPECT_TRUE(first.ok());
  const auto second = Connection::Open(path, DeadlineIn(50));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kTimedOut);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace fob::proto
