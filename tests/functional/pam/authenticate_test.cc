// What authenticate says to the daemon, shows to the person and returns, while everything works.
#include "tests/functional/pam/pam_fixture.h"

namespace fob::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(PamModule, ACodeLogsInAndLeavesAHandle) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>([](const Begin::In& in) {
        EXPECT_EQ(in.user, "alice");
        EXPECT_EQ(in.service, "sshd");
        EXPECT_EQ(in.tty, "pts/3");
        EXPECT_EQ(in.rhost, "192.0.2.7");
        EXPECT_EQ(in.vouched, std::nullopt);
        EXPECT_EQ(in.timeout_ms, 19'000);
      })
      .Ask(Ask::kCode, "Code for alice (sshd): ", true)
      .Expect<Continue>([](const Continue::In& in) { EXPECT_EQ(in.answer.RevealText(), "287082"); })
      .Grant(Outcome::kLogin, "alice", "handle-_.1")
      .ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Shown("Code for alice (sshd): ", "287082");
  PamSession session = Session("sshd", person);
  session.Set(PAM_TTY, "pts/3");
  session.Set(PAM_RHOST, "192.0.2.7");
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
  EXPECT_EQ(session.Variable("FOB_HANDLE"), "handle-_.1");
  EXPECT_EQ(session.Variable("FOB_LOGIN"), std::nullopt);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(PamModule, EmptyItemsAreLeftOut) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>([](const Begin::In& in) {
        EXPECT_EQ(in.tty, std::nullopt);
        EXPECT_EQ(in.rhost, std::nullopt);
      })
      .Grant(Outcome::kLogin, "alice", "h");
  daemon.Start();
  ScriptedConversation nobody;
  PamSession session = Session("sshd", nobody);
  session.Set(PAM_RHOST, "");
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
}

TEST_F(PamModule, AKeyWithAPinIsATalkOfSeveralTurns) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Info(Info::kInsert, "Insert your security key.")
      .Ask(Ask::kPin, "PIN (3 tries left): ", false)
      .Expect<Continue>([](const Continue::In& in) { EXPECT_EQ(in.answer.RevealText(), "1111"); })
      .Info(Info::kNotice, "Wrong PIN.")
      .Ask(Ask::kPin, "PIN (2 tries left): ", false)
      .Expect<Continue>(
          [](const Continue::In& in) { EXPECT_EQ(in.answer.RevealText(), "pässwörd 1"); })
      .Info(Info::kTouch, "Touch your key.")
      .Info(Info::kWait, "Still waiting.")
      .Grant(Outcome::kLogin, "alice", "h")
      .ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Info("Insert your security key.")
      .Hidden("PIN (3 tries left): ", "1111")
      .Info("Wrong PIN.")
      .Hidden("PIN (2 tries left): ", "pässwörd 1")
      .Info("Touch your key.")
      .Info("Still waiting.");
  PamSession session = Session("sshd", person);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
}

// I12: one answer of the person is one Continue; the module repeats none by itself.
TEST_F(PamModule, I12_AWrongPinIsSentOnce) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Ask(Ask::kPin, "PIN (3 tries left): ", false)
      .Expect<Continue>()
      .Refuse(Code::kDenied, "wrong_pin", "Wrong PIN: 2 tries left.")
      .ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Hidden("PIN (3 tries left): ", "1111").Error("Wrong PIN: 2 tries left.");
  PamSession session = Session("sshd", person);
  EXPECT_PAM(PAM_AUTH_ERR, session.Authenticate());
}

TEST_F(PamModule, AnEmptyAnswerToAChoiceIsAnAnswer) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Ask(Ask::kChoice, "Code, or Enter to use your key: ", true)
      .Expect<Continue>([](const Continue::In& in) { EXPECT_TRUE(in.answer.empty()); })
      .Info(Info::kTouch, "Touch your key.")
      .Grant(Outcome::kLogin, "alice", "h");
  daemon.Start();
  ScriptedConversation person;
  person.Shown("Code, or Enter", "").Info("Touch your key.");
  PamSession session = Session("sshd", person);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
}

TEST_F(PamModule, AnEventSucceedsWithoutAHandle) {
  ScriptedDaemon daemon(socket());
  // A handle beside an event is not kept: elevation yields no login.
  daemon.Accept().Expect<Begin>().Grant(Outcome::kEvent, "alice", "stray").ExpectClosed();
  daemon.Start();
  ScriptedConversation nobody;
  PamSession session = Session("alone", nobody);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
  EXPECT_THAT(session.Environment(), ElementsAre("FOB_EVENT=1"));
}

TEST_F(PamModule, ThePolicySkips) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Grant(Outcome::kSkip, "alice").ExpectClosed();
  daemon.Start();
  ScriptedConversation nobody;
  PamSession session = Session("sshd", nobody);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());  // by pam_permit
  EXPECT_THAT(session.Environment(), ElementsAre());
}

TEST_F(PamModule, FobWebIsIgnoredBeforeAnythingElse) {
  ScriptedDaemon unasked(socket());
  ScriptedConversation nobody;
  services_.Write("fob-web", "auth required {fob} nonsense\nauth required pam_permit.so\n");
  PamSession session = Session("fob-web", nobody);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
}

TEST_F(PamModule, UnknownFieldsOfTheNextDaemonAreIgnored) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Frame(
          R"({"continues":true,"parameters":{"next":1,)"
          R"("info":{"kind":"touch","message":"Touch","led":"blue"}}})")
      .Frame(
          R"({"parameters":{"granted":{"outcome":"login","user":"alice","factors":["key"],)"
          R"("rule":"r",)"
          R"("handle":"h","expires_at":9,"colour":"red"}}})");
  daemon.Start();
  ScriptedConversation person;
  person.Info("Touch");
  PamSession session = Session("sshd", person);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
}

struct VouchedCase {
  std::string arguments;
  std::optional<std::string> auth_info;
  std::optional<std::vector<std::string>> vouched;
};

TEST_F(PamModule, VouchesForThePasswordByArgumentAndForTheSshKeyBySshd) {
  using Names = std::vector<std::string>;
  const std::vector<VouchedCase> cases = {
      {"", "publickey ssh-ed25519 AAAAC3Nza\n", Names{"ssh-key"}},
      {"", "password\npublickey ssh-rsa AAAAB3\n", Names{"ssh-key"}},
      {"after=password", "publickey ssh-ed25519 AAAA", Names{"password", "ssh-key"}},
      {"after=password", std::nullopt, Names{"password"}},
      {"", "password", std::nullopt},
      {"", "keyboard-interactive/pam publickey x", std::nullopt},
      {"", "publickey", std::nullopt},
      {"", "", std::nullopt},
  };
  ScriptedDaemon daemon(socket());
  for (const VouchedCase& wanted : cases) {
    daemon.Accept()
        .Expect<Begin>([&wanted](const Begin::In& in) { EXPECT_EQ(in.vouched, wanted.vouched); })
        .Grant(Outcome::kEvent, "alice")
        .ExpectClosed();
  }
  daemon.Start();
  // Of this process's own environment nothing is believed.
  ::setenv("SSH_AUTH_INFO_0", "publickey ssh-ed25519 AAAA", 1);
  for (const VouchedCase& one : cases) {
    services_.Write("vouched", "auth required {fob} " + one.arguments);
    ScriptedConversation nobody;
    PamSession session = Session("vouched", nobody);
    if (one.auth_info) session.PutEnvironment("SSH_AUTH_INFO_0=" + *one.auth_info);
    EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
  }
  ::unsetenv("SSH_AUTH_INFO_0");
}

TEST_F(PamModule, FromAfarNobodyIsToldWhatAnAccountLacks) {
  ScriptedDaemon daemon(socket());
  for (int i = 0; i < 2; ++i)
    daemon.Accept().Expect<Begin>().Refuse(Code::kDenied, "not_enrolled", "alice has no factor.");
  daemon.Accept().Expect<Begin>().Refuse(Code::kDenied, "wrong_code", "Wrong code.");
  daemon.Start();
  const std::tuple<const char*, const char*> cases[] = {
      {"", "alice has no factor."}, {"192.0.2.7", "This login is refused."}, {"192.0.2.7", "Wrong code."}};
  for (const auto& [rhost, shown] : cases) {
    ScriptedConversation person;
    person.Error(shown);
    PamSession session = Session("sshd", person);
    if (*rhost != '\0') session.Set(PAM_RHOST, rhost);
    EXPECT_PAM(PAM_AUTH_ERR, session.Authenticate());
  }
}

TEST_F(PamModule, WhatAnEarlierAttemptLeftIsRemoved) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Refuse(Code::kDenied, "wrong_code", "Wrong code.");
  daemon.Start();
  ScriptedConversation person;
  person.Error("Wrong code.");
  PamSession session = Session("sshd", person);
  session.PutEnvironment("FOB_HANDLE=old");
  session.PutEnvironment("FOB_LOGIN=login_old");
  EXPECT_PAM(PAM_AUTH_ERR, session.Authenticate());
  EXPECT_THAT(session.Environment(), ElementsAre());
}

// No password that an earlier module took is used as an answer, and no answer is left for a later
// one.
TEST_F(PamModule, ThePasswordOfAnEarlierModuleIsNeverAnAnswer) {
  services_.Write("after",
                  "auth optional pam_unix.so nullok\nauth required {fob} after=password\n");
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Ask(Ask::kPin, "PIN: ", false)
      .Expect<Continue>([](const Continue::In& in) { EXPECT_EQ(in.answer.RevealText(), "2468"); })
      .Grant(Outcome::kLogin, "nobody-here", "h");
  daemon.Start();
  ScriptedConversation person;
  person.Hidden("Password: ", "correct horse").Hidden("PIN: ", "2468");
  PamSession session = Session("after", person, "nobody-here");
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
  EXPECT_EQ(session.Item(PAM_AUTHTOK),
            std::nullopt);  // not readable here; and libpam drops it at the end
}

// I11: what the daemon says is what the person reads; what failed on this side has a sentence of
// its own.
TEST_F(PamModule, I11_EachRefusalOfTheDaemonIsShownInItsOwnWords) {
  const std::vector<std::pair<Code, std::string>> refusals = {
      {Code::kDenied, "Wrong code."},
      {Code::kDenied, "This key is not enrolled for alice."},
      {Code::kDenied, "The PIN of this key is blocked."},
      {Code::kTimedOut, "No touch in time."},
      {Code::kUnavailable, "Codes cannot be checked now: the store is read-only."},
      {Code::kExhausted, "Too many attempts: wait 30 seconds."},
      {Code::kNotPermitted, "Not from here."},
      {Code::kCancelled, "Another login took the key."},
      {Code::kNotFound, "No factor is enrolled."},
  };
  ScriptedDaemon daemon(socket());
  for (const auto& [code, text] : refusals)
    daemon.Accept().Expect<Begin>().Refuse(code, "r", text).ExpectClosed();
  daemon.Start();
  for (const auto& [code, text] : refusals) {
    ScriptedConversation person;
    person.Error(text);
    PamSession session = Session("sshd", person);
    const int expected = code == Code::kDenied ? PAM_AUTH_ERR : PAM_AUTHINFO_UNAVAIL;
    EXPECT_PAM(expected, session.Authenticate()) << text;
    EXPECT_THAT(log_.text(), HasSubstr(text));
  }
}

TEST_F(PamModule, WhatIsShownAndLoggedHasNoControlCharacters) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Info(Info::kNotice, "Touch\x1b]0;owned\x07 it")
      .Ask(Ask::kCode, "Code\r\n: ", true)
      .Expect<Continue>()
      .Refuse(Code::kDenied, "r", "No\x1b[2J\nJan 1 sshd: accepted");
  daemon.Start();
  ScriptedConversation person;
  person.Info("Touch ]0;owned  it").Shown("Code  : ", "1").Error("No [2J Jan 1 sshd: accepted");
  PamSession session = Session("sshd", person, "alice\nroot");
  EXPECT_PAM(PAM_AUTH_ERR, session.Authenticate());
  EXPECT_THAT(log_.text(),
              HasSubstr("user alice root refused (denied): No [2J Jan 1 sshd: accepted"));
}

// sudo up to 1.9.15 always says PAM_SILENT.
TEST_F(PamModule, I11_SilentOrNotThePersonIsToldWhatToDo) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Info(Info::kInsert, "Insert your key.")
      .Ask(Ask::kPin, "PIN: ", false)
      .Expect<Continue>()
      .Refuse(Code::kDenied, "wrong_pin", "Wrong PIN.");
  daemon.Start();
  ScriptedConversation person;
  person.Info("Insert your key.").Hidden("PIN: ", "1").Error("Wrong PIN.");
  PamSession session = Session("sshd", person);
  EXPECT_PAM(PAM_AUTH_ERR, session.Authenticate(PAM_SILENT));
}

TEST_F(PamModule, AnswersAndHandlesAreNotLogged) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Ask(Ask::kPin, "PIN: ", false)
      .Expect<Continue>()
      .Grant(Outcome::kLogin, "mallory", "secret-handle");
  daemon.Start();
  ScriptedConversation person;
  person.Hidden("PIN: ", "31415926").Error("another user");
  PamSession session = Session("sshd", person);
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, session.Authenticate());
  EXPECT_THAT(log_.text(), HasSubstr("alice"));
  EXPECT_THAT(log_.text(), Not(HasSubstr("31415926")));
  EXPECT_THAT(log_.text(), Not(HasSubstr("secret-handle")));
}

TEST_F(PamModule, TheUserIsAskedForWhereTheHostHasNone) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>([](const Begin::In& in) { EXPECT_EQ(in.user, "alice"); })
      .Grant(Outcome::kLogin, "alice", "h");
  daemon.Start();
  ScriptedConversation person;
  person.Shown("login:", "alice");
  PamSession session(services_.folder(), "sshd", std::nullopt, person);
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
}

}  // namespace
}  // namespace fob::testing
