// How many may come, and how long each may take.

#include "tests/unit/ipc/served.h"

namespace fob::ipc {
namespace {

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
  limits.message_ms = 1'000;
  Served served(limits);
  Client client(served.path);
  ASSERT_TRUE(client.Send(R"({"method":"org.varlink.service.)"));
  EXPECT_FALSE(client.Readable(milliseconds(50)));
  ASSERT_TRUE(client.Send(std::string_view("GetInfo\"}\0", 10)));
  EXPECT_EQ(ErrorOf(client.Reply()), "");
  EXPECT_FALSE(client.Closed(milliseconds(1'200)));
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

}  // namespace
}  // namespace fob::ipc
