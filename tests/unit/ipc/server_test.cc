// The server over real sockets, in a folder of its own.

#include "tests/unit/ipc/served.h"

namespace fob::ipc {
namespace {

using ::testing::HasSubstr;

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
