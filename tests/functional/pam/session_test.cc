// A login, in its phases: who confirms, where, and what is left behind.
#include "tests/functional/pam/pam_fixture.h"
#include "tests/support/pam_harness/sshd_login.h"

namespace fob::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// sshd: the child authenticates, the monitor confirms and ends; only the PAM environment crosses.
TEST_F(PamModule, SshdConfirmsInItsMonitor) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>([](const Begin::In& in) {
        EXPECT_EQ(in.user, "alice");
        EXPECT_EQ(in.rhost, "192.0.2.7");
        EXPECT_THAT(*in.vouched, ElementsAre("ssh-key"));
      })
      .Ask(Ask::kCode, "Code: ", true)
      .Expect<Continue>()
      .Grant(Outcome::kLogin, "alice", "handle-1")
      .ExpectClosed()
      .Accept()
      .Expect<Confirm>([](const Confirm::In& in) {
        EXPECT_EQ(in.handle.RevealText(), "handle-1");
        EXPECT_EQ(in.user, "alice");
        EXPECT_EQ(in.service, "sshd");
        EXPECT_EQ(in.tty, "ssh");
      })
      .Reply(Confirm::Out{Login("login_1", "alice")})
      .ExpectClosed()
      .Accept()
      .Expect<End>([](const End::In& in) {
        EXPECT_EQ(in.login, "login_1");
        EXPECT_EQ(in.user, "alice");
      })
      .Reply(End::Out{Login("login_1", "alice", proto::LoginInfo::State::kEnded)})
      .ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Shown("Code: ", "287082");
  SshdLogin login({.confdir = services_.folder(),
                   .user = "alice",
                   .auth_info = "publickey ssh-ed25519 AAAA\n"});
  ASSERT_EQ(PamResult(login.AuthenticateInChild(person)), "PAM_SUCCESS");
  EXPECT_THAT(login.carried(), Contains("FOB_HANDLE=handle-1"));
  EXPECT_PAM(PAM_SUCCESS, login.monitor().EstablishCredentials());
  EXPECT_EQ(login.monitor().Variable("FOB_HANDLE"), "handle-1");
  EXPECT_PAM(PAM_SUCCESS, login.monitor().OpenSession());
  EXPECT_EQ(login.monitor().Variable("FOB_HANDLE"), std::nullopt);
  EXPECT_EQ(login.monitor().Variable("FOB_LOGIN"), "login_1");
  EXPECT_PAM(PAM_SUCCESS, login.monitor().CloseSession());
  EXPECT_PAM(PAM_SUCCESS, login.monitor().DeleteCredentials());
  EXPECT_EQ(login.monitor().Variable("FOB_LOGIN"), std::nullopt);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(PamModule, SshdThatIsRefusedCarriesNothing) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Refuse(Code::kDenied, "wrong_code", "Wrong code.");
  daemon.Start();
  ScriptedConversation person;
  person.Error("Wrong code.");
  SshdLogin login({.confdir = services_.folder(), .user = "alice", .auth_info = std::nullopt});
  EXPECT_PAM(PAM_AUTH_ERR, login.AuthenticateInChild(person));
  EXPECT_THAT(login.carried(), IsEmpty());
}

// sudo authenticates the caller and opens the session of the target: elevation yields an event, no
// login.
TEST_F(PamModule, SudoIsAnEventOfTheCallerAndConfirmsNothing) {
  services_.Write("sudo",
                  "auth required {fob}\nsession required pam_permit.so\nsession required {fob}\n");
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>([](const Begin::In& in) { EXPECT_EQ(in.user, "alice"); })
      .Info(Info::kTouch, "Touch your key.")
      .Grant(Outcome::kEvent, "alice")
      .ExpectClosed();
  daemon.Start();
  ScriptedConversation person;
  person.Info("Touch your key.");
  PamSession sudo = Session("sudo", person);
  EXPECT_PAM(PAM_SUCCESS, sudo.Authenticate());
  sudo.Set(PAM_USER, "root");
  EXPECT_PAM(PAM_SUCCESS, sudo.OpenSession());
  EXPECT_PAM(PAM_SUCCESS, sudo.CloseSession());
  EXPECT_THAT(sudo.Environment(), IsEmpty());
}

// Where fob is the only auth line, credentials are established for an event as for a login.
TEST_F(PamModule, AnEventEstablishesCredentialsAndLeavesNothingToTheShell) {
  services_.Write("su", "auth required {fob}\nsession required pam_permit.so\nsession required {fob}\n");
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Grant(Outcome::kEvent, "alice").ExpectClosed();
  daemon.Start();
  ScriptedConversation nobody;
  PamSession su = Session("su", nobody);
  EXPECT_PAM(PAM_SUCCESS, su.Authenticate());
  EXPECT_PAM(PAM_SUCCESS, su.EstablishCredentials());
  EXPECT_PAM(PAM_SUCCESS, su.OpenSession());
  EXPECT_THAT(su.Environment(), IsEmpty());
}

// Where a rule makes a login out of sudo by mistake, the daemon sees who opens the session and
// refuses.
TEST_F(PamModule, I4_ConfirmNamesTheUserOfTheSessionNotOfTheCeremony) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>([](const Begin::In& in) { EXPECT_EQ(in.user, "alice"); })
      .Grant(Outcome::kLogin, "alice", "h")
      .ExpectClosed()
      .Accept()
      .Expect<Confirm>([](const Confirm::In& in) { EXPECT_EQ(in.user, "root"); })
      .Refuse(Code::kDenied, "other_user", "The handle was granted to another user.")
      .ExpectClosed();
  daemon.Start();
  ScriptedConversation nobody;
  PamSession sudo = Session("sshd", nobody);
  EXPECT_PAM(PAM_SUCCESS, sudo.Authenticate());
  sudo.Set(PAM_USER, "root");
  EXPECT_PAM(PAM_SUCCESS, sudo.OpenSession());
  EXPECT_THAT(sudo.Environment(), IsEmpty());
  EXPECT_THAT(log_.text(), HasSubstr("The handle was granted to another user."));
}

// cron and user@.service open sessions without having authenticated anybody.
TEST_F(PamModule, CronCallsNobody) {
  ScriptedDaemon unasked(socket());
  ScriptedConversation nobody;
  PamSession cron = Session("sshd", nobody);
  EXPECT_PAM(PAM_SUCCESS, cron.Account());
  EXPECT_PAM(PAM_SUCCESS, cron.EstablishCredentials());
  EXPECT_PAM(PAM_SUCCESS, cron.OpenSession());
  EXPECT_PAM(PAM_SUCCESS, cron.CloseSession());
  EXPECT_PAM(PAM_SUCCESS, cron.ChangeToken());
  EXPECT_EQ(log_.text(), "");
}

// --- a Confirm that fails costs web rights, not the session, and the handle is gone all the same

class PamModuleConfirm : public PamModule {
 protected:
  void OpensWithoutALogin(const std::string& service = "sshd") {
    ScriptedConversation nobody;  // and nothing is shown
    PamSession session = Session(service, nobody);
    session.PutEnvironment("FOB_HANDLE=handle-1");
    EXPECT_PAM(PAM_SUCCESS, session.OpenSession());  // by pam_permit
    EXPECT_THAT(session.Environment(), IsEmpty());
    EXPECT_THAT(log_.text(), HasSubstr("opens without a confirmed login"));
    EXPECT_THAT(log_.text(), Not(HasSubstr("handle-1")));
    EXPECT_PAM(PAM_SUCCESS, session.CloseSession());  // calls nobody
  }
};

TEST_F(PamModuleConfirm, NoDaemon) { OpensWithoutALogin(); }

TEST_F(PamModuleConfirm, Refused) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Confirm>()
      .Refuse(Code::kNotFound, "no_handle", "Unknown handle.")
      .ExpectClosed();
  daemon.Start();
  OpensWithoutALogin();
}

TEST_F(PamModuleConfirm, EndOfFile) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Confirm>().Close();
  daemon.Start();
  OpensWithoutALogin();
}

TEST_F(PamModuleConfirm, Stalled) {
  services_.Write("brief", "session required pam_permit.so\nsession required {fob} timeout=1\n");
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Confirm>().ExpectClosed();
  daemon.Start();
  OpensWithoutALogin("brief");
}

TEST_F(PamModuleConfirm, Garbage) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Confirm>().Frame("{]").ExpectClosed();
  daemon.Start();
  OpensWithoutALogin();
}

TEST_F(PamModuleConfirm, AnInterimReply) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Confirm>().Frame(R"({"continues":true,"parameters":{}})").ExpectClosed();
  daemon.Start();
  OpensWithoutALogin();
}

TEST_F(PamModuleConfirm, I4_LoginOfAnotherUser) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Confirm>().Reply(Confirm::Out{Login("login_1", "mallory")}).ExpectClosed();
  daemon.Start();
  OpensWithoutALogin();
}

TEST_F(PamModuleConfirm, LoginThatIsNotLive) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Confirm>()
      .Reply(Confirm::Out{Login("login_1", "alice", proto::LoginInfo::State::kExpired)})
      .ExpectClosed();
  daemon.Start();
  OpensWithoutALogin();
}

TEST_F(PamModuleConfirm, IdThatIsNoIdentifier) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Confirm>()
      .Reply(Confirm::Out{Login("login 1\nPATH=/tmp", "alice")})
      .ExpectClosed();
  daemon.Start();
  OpensWithoutALogin();
}

TEST_F(PamModuleConfirm, WrongArguments) {
  services_.Write("wrong", "session required pam_permit.so\nsession required {fob} debug\n");
  ScriptedDaemon unasked(socket());
  OpensWithoutALogin("wrong");
}

// --- close_session

TEST_F(PamModule, ALoginOfAStrangerIsNotEnded) {
  // pam_env may have read FOB_LOGIN from a file of the user's.
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<End>([](const End::In& in) { EXPECT_EQ(in.user, "alice"); })  // fobd refuses all others
      .Refuse(Code::kNotFound, "no_such_login", "you have no login of that name")
      .ExpectClosed();
  daemon.Start();
  ScriptedConversation nobody;
  PamSession session = Session("sshd", nobody);
  session.PutEnvironment("FOB_LOGIN=login_root");
  EXPECT_PAM(PAM_SUCCESS, session.CloseSession());
  EXPECT_THAT(session.Environment(), IsEmpty());
  EXPECT_THAT(log_.text(), HasSubstr("was not ended"));
}

TEST_F(PamModule, ALoginIdThatIsMalformedIsNotSent) {
  ScriptedDaemon unasked(socket());
  ScriptedConversation nobody;
  PamSession session = Session("sshd", nobody);
  session.PutEnvironment("FOB_LOGIN=login 1");
  EXPECT_PAM(PAM_SUCCESS, session.CloseSession());
}

TEST_F(PamModule, CloseSessionSucceedsWithoutTheDaemon) {
  ScriptedConversation nobody;
  PamSession session = Session("sshd", nobody);
  session.PutEnvironment("FOB_LOGIN=login_1");
  EXPECT_PAM(PAM_SUCCESS, session.CloseSession());
  EXPECT_THAT(session.Environment(), IsEmpty());
  EXPECT_THAT(log_.text(), HasSubstr("was not ended"));
}

}  // namespace
}  // namespace fob::testing
