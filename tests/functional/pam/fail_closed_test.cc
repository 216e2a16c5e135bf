// I1: whatever the daemon does, or does not do, authenticate denies. The stack under test ends with
// pam_permit.so, so that a PAM_IGNORE would show as success.
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "tests/functional/pam/pam_fixture.h"
#include "tests/support/pam_harness/child_process.h"

namespace fob::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kUnreachable = "the authentication daemon cannot be reached";
constexpr const char* kWentAway = "the authentication daemon went away";
constexpr const char* kCutOff = "broke off in the middle";
constexpr const char* kNonsense = "makes no sense";

// --- no daemon

TEST_F(PamModule, I1_AbsentSocketDenies) { Denies(kUnreachable); }

TEST_F(PamModule, I1_SocketThatNobodyServesDenies) {
  ScriptedDaemon daemon(socket());
  daemon.StopListening();
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, services_.Path("left").c_str());
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
  }
  daemon.Start();
  daemon.Finish();
  ASSERT_EQ(::rename(services_.Path("left").c_str(), socket().c_str()), 0);
  Denies(kUnreachable);
}

TEST_F(PamModule, I1_RegularFileDenies) {
  ::close(::open(socket().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
  Denies(kUnreachable);
}

TEST_F(PamModule, I1_FolderDenies) {
  ::mkdir(socket().c_str(), 0755);
  Denies(kUnreachable);
}

TEST_F(PamModule, I1_DatagramSocketDenies) {
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, socket().c_str());
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  Denies(kUnreachable);
  ::close(fd);
}

TEST_F(PamModule, I1_SocketWithoutPermissionDenies) {
  ScriptedDaemon unasked(socket());
  ::chmod(socket().c_str(), 0);
  RunInChild([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ADD_FAILURE() << "cannot give up root";
    Denies(kUnreachable);
    return "";
  });
}

TEST_F(PamModule, I1_NeverAcceptedDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().ExpectClosed();
  Denies("no answer in time", "brief");
  daemon.Start();  // what was sent is only read now
}

TEST_F(PamModule, I1_FullBacklogDenies) {
  // A listener with a backlog of its own, which is filled until connect() would block.
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, socket().c_str());
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  std::vector<UniqueFd> waiting;
  for (int i = 0; i < 64; ++i) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) break;
    waiting.push_back(std::move(fd));
  }
  Denies("too busy", "brief");
}

// --- end of file, at each point

TEST_F(PamModule, I1_EndOfFileAfterAcceptDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Close();
  daemon.Start();
  Denies(kWentAway);
}

TEST_F(PamModule, I1_EndOfFileAfterBeginDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Close();
  daemon.Start();
  Denies(kWentAway);
}

TEST_F(PamModule, I1_EndOfFileAfterInfoDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Info(Info::kTouch, "Touch your key.").Close();
  daemon.Start();
  ScriptedConversation person;
  person.Info("Touch your key.").Error(kWentAway);
  Denies(person);
}

TEST_F(PamModule, I1_EndOfFileBetweenPromptAndAnswerDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kCode, "Code: ", true).Close().StopListening();
  daemon.Start();
  ScriptedConversation person;
  person.Shown("Code: ", "287082").During([&] { daemon.Finish(); }).Error(kWentAway);
  Denies(person);
}

TEST_F(PamModule, I1_EndOfFileAfterTheAnswerDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kCode, "Code: ", true).Expect<Continue>().Close();
  daemon.Start();
  ScriptedConversation person;
  person.Shown("Code: ", "287082").Error(kWentAway);
  Denies(person);
}

TEST_F(PamModule, I1_I6_AnswerCutOffAnywhereDenies) {
  const std::string granted =
      R"({"parameters":{"granted":{"outcome":"login","user":"alice","factors":["key"],)"
      R"("rule":"r","handle":"h"}}})";
  ScriptedDaemon daemon(socket());
  for (size_t size = 1; size <= granted.size(); ++size) {
    daemon.Accept().Expect<Begin>().Raw(granted.substr(0, size)).Close();
  }
  daemon.Start();
  for (size_t size = 1; size <= granted.size(); ++size) Denies(kCutOff);
}

// --- silence

TEST_F(PamModule, I1_StalledDaemonDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().ExpectClosed();
  daemon.Start();
  Denies("no answer in time", "brief");
}

TEST_F(PamModule, I1_DaemonThatStallsInTheMiddleOfAMessageDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Info(Info::kTouch, "Touch")
      .Raw(R"({"parameters":{"granted")")
      .ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Info("Touch").Error("no answer in time");
  Denies(person, "brief");
}

TEST_F(PamModule, I1_DaemonThatStallsAfterTheAnswerDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kCode, "Code: ", true).Expect<Continue>().ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Shown("Code: ", "287082").Error("no answer in time");
  Denies(person, "brief");
}

// One deadline for all of it: a person who answers after it is denied, and the answer stays here.
TEST_F(PamModule, I1_AnswerAfterTheDeadlineDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kCode, "Code: ", true).ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Shown("Code: ", "287082")
      .During([] { ::poll(nullptr, 0, 1100); })
      .Error("no answer in time");
  Denies(person, "brief");
}

// --- too much

TEST_F(PamModule, I1_FloodOfMessagesDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Flood(
      std::string(R"({"continues":true,"parameters":{"info":{"kind":"wait","message":"wait"}}})") +
      '\0');
  daemon.Start();
  ScriptedConversation person;
  for (int i = 0; i < 64; ++i) person.Info("wait");
  person.Error("too many messages");
  Denies(person);
}

TEST_F(PamModule, I1_FloodOfQuestionsDenies) {
  ScriptedDaemon daemon(socket());
  ScriptedConversation person;
  daemon.Accept().Expect<Begin>();
  for (int i = 0; i < 16; ++i) {
    daemon.Ask(Ask::kCode, "Code: ", true).Expect<Continue>();
    person.Shown("Code: ", "0");
  }
  daemon.Ask(Ask::kCode, "Code: ", true).ExpectClosed();
  person.Error("too many questions");
  daemon.Start();
  Denies(person);
}

TEST_F(PamModule, I1_FloodOfBytesDenies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Flood(std::string(4096, 'x'));
  daemon.Start();
  Denies(kNonsense);
}

// --- nonsense and lies

struct Lie {
  std::string name;
  std::string frame;
  std::string shown;
};

// A grant with `fields` in place of the honest ones.
std::string Granted(const std::string& fields) {
  return R"({"parameters":{"granted":{)" + fields + "}}}";
}
const char* const kRest = R"(,"factors":["key"],"rule":"r")";

std::vector<Lie> Lies() {
  const std::string rest = kRest;
  const std::string honest = R"("outcome":"login","user":"alice","handle":"h")" + rest;
  return {
      {"EmptyMessage", "", kNonsense},
      {"NotJson", "Touch your key", kNonsense},
      {"Array", "[]", kNonsense},
      {"TrailingBytes", Granted(honest) + " x", kNonsense},
      {"TwoObjects", Granted(honest) + Granted(honest), kNonsense},
      {"BrokenUtf8", Granted(honest + ",\"x\":\"\xff\""), kNonsense},
      {"DuplicateKey", Granted(R"("user":"mallory",)" + honest), kNonsense},
      {"DuplicateParameters", R"({"parameters":{},"parameters":{}})", kNonsense},
      {"TooDeep", Granted(honest + ",\"x\":[[[[[[[[1]]]]]]]]"), kNonsense},
      {"NothingAtAll", "{}", kNonsense},
      {"NeitherAskNorGranted", R"({"parameters":{}})", kNonsense},
      {"ParametersOfAnotherType", R"({"parameters":[]})", kNonsense},
      {"GrantedOfAnotherType", R"({"parameters":{"granted":true}})", kNonsense},
      {"UserOfAnotherType", Granted(R"("outcome":"login","user":["alice"],"handle":"h")" + rest),
       kNonsense},
      {"OutcomeOfAnotherType", Granted(R"("outcome":1,"user":"alice","handle":"h")" + rest),
       kNonsense},
      {"HandleOfAnotherType", Granted(R"("outcome":"login","user":"alice","handle":7)" + rest),
       kNonsense},
      {"UnknownOutcome", Granted(R"("outcome":"admin","user":"alice","handle":"h")" + rest),
       kNonsense},
      {"OutcomeMissing", Granted(R"("user":"alice","handle":"h")" + rest), kNonsense},
      {"UserMissing", Granted(R"("outcome":"login","handle":"h")" + rest), kNonsense},
      {"LoginWithoutHandle", Granted(R"("outcome":"login","user":"alice")" + rest), kNonsense},
      {"EmptyHandle", Granted(R"("outcome":"login","user":"alice","handle":"")" + rest), kNonsense},
      {"HandleWithNewline",
       Granted(R"("outcome":"login","user":"alice","handle":"h\nLD_PRELOAD=x")" + rest), kNonsense},
      {"HandleWithNul", Granted(R"("outcome":"login","user":"alice","handle":"h\u0000x")" + rest),
       kNonsense},
      {"HandleTooLong",
       Granted(R"("outcome":"login","user":"alice","handle":")" + std::string(257, 'h') + "\"" +
               rest),
       kNonsense},
      {"GrantedAndAsk",
       R"({"parameters":{"ask":{"kind":"pin","prompt":"PIN","echo":false},"granted":{)" + honest +
           "}}}",
       kNonsense},
      {"GrantedAndInfo",
       R"({"parameters":{"info":{"kind":"wait","message":"m"},"granted":{)" + honest + "}}}",
       kNonsense},
      {"GrantedThatContinues", R"({"continues":true,"parameters":{"granted":{)" + honest + "}}}",
       kNonsense},
      {"InfoThatEnds", R"({"parameters":{"info":{"kind":"wait","message":"m"}}})", kNonsense},
      {"ContinuesOfAnotherType", R"({"continues":1,"parameters":{"granted":{)" + honest + "}}}",
       kNonsense},
      {"UnknownQuestion", R"({"parameters":{"ask":{"kind":"colour","prompt":"p","echo":true}}})",
       kNonsense},
      {"PromptOfAnotherType", R"({"parameters":{"ask":{"kind":"pin","prompt":1,"echo":true}}})",
       kNonsense},
      {"ErrorOfAnotherType", R"({"error":false,"parameters":{"granted":{)" + honest + "}}}",
       kNonsense},
      {"ErrorBesideGranted",
       R"({"error":"org.fobd.Login.Internal","parameters":{"granted":{)" + honest + "}}}",
       "org.fobd.Login.Internal"},
      {"UnknownError", R"({"error":"org.fobd.Login.Success"})", "org.fobd.Login.Success"},
      {"ErrorOfAnotherInterface",
       R"({"error":"org.varlink.service.MethodNotFound","parameters":{"method":"x"}})",
       "MethodNotFound"},
      {"I4_GrantedForAnotherUser",
       Granted(R"("outcome":"login","user":"mallory","handle":"h")" + rest), "another user"},
      {"I4_GrantedForNobody", Granted(R"("outcome":"login","user":"","handle":"h")" + rest),
       "another user"},
      {"I4_OtherCase", Granted(R"("outcome":"login","user":"Alice","handle":"h")" + rest),
       "another user"},
      {"I4_EventOfAnotherUser", Granted(R"("outcome":"event","user":"root")" + rest),
       "another user"},
      {"I4_SkipOfAnotherUser", Granted(R"("outcome":"skip","user":"root")" + rest), "another user"},
      {"UserWithNul", Granted(R"("outcome":"login","user":"alice\u0000","handle":"h")" + rest),
       "another user"},
  };
}

class PamModuleLies : public PamModule, public ::testing::WithParamInterface<Lie> {};

TEST_P(PamModuleLies, I1_Denies) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Frame(GetParam().frame).ExpectClosed();
  daemon.Start();
  Denies(GetParam().shown);
}

TEST_P(PamModuleLies, I1_DeniesAfterAnAnswer) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Ask(Ask::kPin, "PIN: ", false)
      .Expect<Continue>()
      .Frame(GetParam().frame)
      .ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Hidden("PIN: ", "1234").Error(GetParam().shown);
  Denies(person);
}

INSTANTIATE_TEST_SUITE_P(Daemon, PamModuleLies, ::testing::ValuesIn(Lies()),
                         [](const auto& info) { return info.param.name; });

// --- the person

TEST_F(PamModule, I2_CancelledPinPromptIsARefusal) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kPin, "PIN: ", false).ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Cancel("PIN: ").Error("cancelled");
  Denies(person, "sshd", PAM_AUTH_ERR);
}

TEST_F(PamModule, I2_PromptThatGetsNoAnswerIsARefusal) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kPin, "PIN: ", false).ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.NoAnswer("PIN: ").Error("cancelled");
  Denies(person, "sshd", PAM_AUTH_ERR);
}

TEST_F(PamModule, I2_HostWithoutAConversationIsARefusal) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kPin, "PIN: ", false).ExpectClosed();
  daemon.Start();
  const pam_conv none{nullptr, nullptr};
  PamSession session(services_.folder(), "sshd", "alice", &none);
  EXPECT_PAM(PAM_AUTH_ERR, session.Authenticate());
}

TEST_F(PamModule, I11_AnAnswerThatIsNotUtf8IsNotSentAndNamed) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kPin, "PIN: ", false).ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Hidden("PIN: ", "\xff\xfe").Error("not UTF-8");
  Denies(person);
}

// It is told all the same, in a form that fobd refuses and records; an answer to it is none to this login.
TEST_F(PamModule, I4_ANameThatIsNotUtf8IsRefusedWhateverTheAnswer) {
  for (const bool grants : {false, true}) {
    ScriptedDaemon daemon(socket());
    daemon.Accept().Expect<Begin>([](const Begin::In& in) { EXPECT_EQ(in.user, "al\x1aice"); });
    if (grants) {
      daemon.Grant(Outcome::kLogin, "al\x1aice", "handle");
    } else {
      daemon.Refuse(Code::kInvalidArgument, "bad_user", "a user name has no control characters");
    }
    daemon.Start();
    ScriptedConversation person;
    person.Error("not UTF-8");
    PamSession session = Session("sshd", person, "al\xffice");
    EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, session.Authenticate());
    EXPECT_THAT(session.Environment(), ElementsAre());
    EXPECT_THAT(log_.text(), HasSubstr("not UTF-8"));
  }
}

TEST_F(PamModule, I4_ARemoteHostThatIsNotUtf8IsRefused) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>([](const Begin::In& in) { EXPECT_EQ(in.rhost, "\x1a"); }).Ask(Ask::kCode, "Code: ", true).ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Error("not UTF-8");
  PamSession session = Session("sshd", person);
  session.Set(PAM_RHOST, "\xff");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, session.Authenticate());
}

TEST_F(PamModule, AnAnswerThatIsTooLongIsNotSent) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kPin, "PIN: ", false).ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Hidden("PIN: ", std::string(513, '1')).Error("too long");
  Denies(person);
}

TEST_F(PamModule, I4_AUserWhoIsChangedDuringTheCeremonyIsRefused) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>([](const Begin::In& in) { EXPECT_EQ(in.user, "alice"); })
      .Ask(Ask::kCode, "Code: ", true)
      .Expect<Continue>()
      .Grant(Outcome::kLogin, "alice", "h");
  daemon.Start();
  ScriptedConversation person;
  PamSession session = Session("sshd", person);
  person.Shown("Code: ", "1").During([&] { session.Set(PAM_USER, "root"); }).Error("user changed");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, session.Authenticate());
  EXPECT_THAT(session.Environment(), ElementsAre());
}

TEST_F(PamModule, I1_WrongArgumentsDeny) {
  for (const char* arguments :
       {"timeout=0", "debug", "after=breakfast", "timeout=5 timeout=5", "socket=x"}) {
    services_.Write("wrong", std::string("auth required ") + FOB_PAM_MODULE + " " + arguments +
                                 "\nauth required pam_permit.so\n");
    ScriptedConversation person;
    person.Error("configuration is wrong");
    PamSession session = Session("wrong", person);
    EXPECT_PAM(PAM_SERVICE_ERR, session.Authenticate()) << arguments;
    EXPECT_THAT(log_.text(), HasSubstr("argument"));
  }
}

// What the module throws when memory runs out in the middle of a reply ends in it.
TEST_F(PamModule, I1_OutOfMemoryDenies) {
  if (std::string(FOB_SANITIZED) != "") GTEST_SKIP() << "a sanitizer has a heap of its own";
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Ask(Ask::kCode, "Code: ", true)
      .Expect<Continue>()
      .Raw(std::string(60'000, ' '))
      .ExpectClosed();
  daemon.Start();
  RunInChild([&] {
    rlimit before{};
    ::getrlimit(RLIMIT_AS, &before);
    std::vector<void*> taken;
    taken.reserve(4096);
    ScriptedConversation person;
    person.Shown("Code: ", "287082").During([&] {
      taken.push_back(std::malloc(16'384));  // room for the answer; what the daemon says then is more
      const rlimit none{0, before.rlim_max};
      ::setrlimit(RLIMIT_AS, &none);
      for (void* block = nullptr; (block = std::malloc(2048)) != nullptr;) taken.push_back(block);
      std::free(std::exchange(taken.front(), nullptr));
    });
    {
      PamSession session = Session("sshd", person);
      const int result = session.Authenticate();
      ::setrlimit(RLIMIT_AS, &before);
      EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, result);
      EXPECT_FALSE(taken.empty());
      EXPECT_THAT(session.Environment(), ElementsAre());
    }
    for (void* block : taken) std::free(block);
    return "";
  });
}

TEST_F(PamModule, I1_NoUserDenies) {
  ScriptedDaemon unasked(socket());
  ScriptedConversation person;
  person.Shown("login:", "").Error("no user");
  PamSession session(services_.folder(), "sshd", std::nullopt, person);
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, session.Authenticate());
}

}  // namespace
}  // namespace fob::testing
