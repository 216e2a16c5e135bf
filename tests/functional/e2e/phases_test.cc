// PAM's phases as sshd, sudo and cron run them, and daemons that go away in between.
#include <poll.h>

#include "tests/functional/e2e/end_to_end.h"
#include "tests/support/pam_harness/sshd_login.h"

namespace fob::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Phases : public EndToEnd {
 protected:
  Phases() { EnrolTotp(); }
};

TEST_F(Phases, SshdAuthenticatesInAChildAndOpensTheSessionInItsMonitor) {
  SshdLogin sshd({.confdir = services_.folder(), .user = Me(), .auth_info = std::nullopt});
  ScriptedConversation person;
  person.Shown("Code for " + Me() + " at sshd", NextCode());
  ASSERT_EQ(PAM_SUCCESS, sshd.AuthenticateInChild(person));
  EXPECT_THAT(sshd.carried(), Contains(StartsWith("FOB_HANDLE=")));
  EXPECT_EQ(0u, LiveLogins());
  EXPECT_PAM(PAM_SUCCESS, sshd.monitor().EstablishCredentials());
  EXPECT_PAM(PAM_SUCCESS, sshd.monitor().OpenSession());
  EXPECT_THAT(sshd.monitor().Environment(), Not(Contains(StartsWith("FOB_HANDLE="))));
  const proto::LoginInfo login = FindLogin(sshd.monitor().Variable("FOB_LOGIN").value_or(""));
  EXPECT_EQ(proto::LoginInfo::State::kLive, login.state);
  EXPECT_EQ("192.0.2.7", login.rhost);
  EXPECT_PAM(PAM_SUCCESS, sshd.monitor().CloseSession());
  EXPECT_EQ(0u, LiveLogins());
}

TEST_F(Phases, SshdsVerifiedKeyIsAFactorOfItsOwn) {
  services_.Write("sshd",
                  "auth required {fob}\naccount required pam_permit.so\nsession required {fob}\n");
  SshdLogin sshd({.confdir = services_.folder(),
                  .user = Me(),
                  .auth_info = "publickey ssh-ed25519 AAAAC3Nz\n"});
  ScriptedConversation person;
  person.Shown("Code for", NextCode());
  ASSERT_EQ(PAM_SUCCESS, sshd.AuthenticateInChild(person));
  EXPECT_PAM(PAM_SUCCESS, sshd.monitor().OpenSession());
  const proto::LoginInfo login = FindLogin(sshd.monitor().Variable("FOB_LOGIN").value_or(""));
  EXPECT_THAT(login.factors, ElementsAre("ssh-key", "totp"));
  EXPECT_FALSE(login.multi_factor) << "two possessions are one kind";
}

TEST_F(Phases, AChildThatIsDeniedCarriesNothing) {
  SshdLogin sshd({.confdir = services_.folder(), .user = Me(), .auth_info = std::nullopt});
  ScriptedConversation person;
  person.Shown("Code for", "000000").Error("not right");
  EXPECT_PAM(PAM_AUTH_ERR, sshd.AuthenticateInChild(person));
  EXPECT_THAT(sshd.carried(), Not(Contains(StartsWith("FOB_"))));
  EXPECT_PAM(PAM_SUCCESS, sshd.monitor().OpenSession())
      << "the monitor alone has nothing to confirm";
  EXPECT_EQ(0u, LiveLogins());
}

TEST_F(Phases, SudoYieldsAnEventForWhoAuthenticatedAndNoLogin) {
  ScriptedConversation person;
  person.Shown("Code for " + Me() + " at sudo", NextCode());
  PamSession sudo = Session("sudo", person);
  ASSERT_EQ(PAM_SUCCESS, sudo.Authenticate());
  EXPECT_THAT(sudo.Environment(), ElementsAre("FOB_EVENT=1"));
  EXPECT_EQ(Me(), LastEvent().user);
  EXPECT_EQ("sudo", LastEvent().service);
  sudo.Set(PAM_USER, kSomebody);
  EXPECT_PAM(PAM_SUCCESS, sudo.EstablishCredentials());
  EXPECT_PAM(PAM_SUCCESS, sudo.OpenSession());
  EXPECT_THAT(sudo.Environment(), IsEmpty());
  const auto logins = daemon_.Call<proto::login::List>({std::nullopt, true, std::nullopt, {}});
  ASSERT_TRUE(logins.ok());
  EXPECT_THAT(logins->logins, IsEmpty());
  EXPECT_PAM(PAM_SUCCESS, sudo.CloseSession());
}

TEST_F(Phases, I4_AUserThatChangesBeforeTheSessionOpensLosesTheLogin) {
  ScriptedConversation person;
  person.Shown("Code for", NextCode());
  PamSession session = Session("sshd", person);
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  session.Set(PAM_USER, kSomebody);
  EXPECT_PAM(PAM_SUCCESS, session.OpenSession());
  EXPECT_EQ(session.Variable("FOB_LOGIN"), std::nullopt);
  EXPECT_EQ(0u, LiveLogins());
  EXPECT_EQ("login.confirm", LastEvent().action);
}

TEST_F(Phases, CronOpensASessionWithoutAuthenticateAndCallsNobody) {
  const int64_t before = LastEvent().seq;
  ScriptedConversation silent;
  services_.Write(
      "cron",
      "account required pam_permit.so\nsession required pam_permit.so\nsession required {fob}\n");
  PamSession cron = Session("cron", silent);
  EXPECT_PAM(PAM_SUCCESS, cron.Account());
  EXPECT_PAM(PAM_SUCCESS, cron.OpenSession());
  EXPECT_THAT(cron.Environment(), IsEmpty());
  EXPECT_PAM(PAM_SUCCESS, cron.CloseSession());
  EXPECT_EQ(before, LastEvent().seq);
}

TEST_F(Phases, I1_ADaemonThatIsKilledBetweenPromptAndAnswerDenies) {
  const std::string code = NextCode();
  ScriptedConversation person;
  person.Shown("Code for", code).During([&] { daemon_.Kill(); }).Error("went away");
  PamSession session = Session("sshd", person);
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, session.Authenticate());
  EXPECT_THAT(session.Environment(), IsEmpty());

  daemon_.Start();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", code)) << "nothing was spent";
}

TEST_F(Phases, I1_ADaemonThatIsRestartedBetweenPromptAndAnswerDenies) {
  ScriptedConversation person;
  person.Shown("Code for", NextCode())
      .During([&] {
        daemon_.Kill();
        daemon_.Start();
      })
      .Error("went away");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("sshd", person).Authenticate());
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
}

TEST_F(Phases, I1_ADaemonThatIsAbsentDenies) {
  EXPECT_EQ(0, daemon_.Stop());
  ScriptedConversation person;
  person.Error("cannot be reached");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("sshd", person).Authenticate());
}

TEST_F(Phases, ADaemonThatIsGoneCostsWebRightsAndNotTheSession) {
  ScriptedConversation person;
  person.Shown("Code for", NextCode());
  PamSession session = Session("sshd", person);
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  daemon_.Kill();
  EXPECT_PAM(PAM_SUCCESS, session.OpenSession());
  EXPECT_THAT(session.Environment(), IsEmpty());
  daemon_.Start();
  EXPECT_EQ(0u, LiveLogins());
}

TEST_F(Phases, APendingLoginIsConfirmedAcrossARestart) {
  ScriptedConversation person;
  person.Shown("Code for", NextCode());
  PamSession session = Session("sshd", person);
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  daemon_.Kill();
  daemon_.Start();
  EXPECT_PAM(PAM_SUCCESS, session.OpenSession());
  EXPECT_TRUE(session.Variable("FOB_LOGIN").has_value());
}

TEST_F(Phases, SomebodyWhoTakesTooLongIsDenied) {
  ScriptedConversation person;
  const std::string code = NextCode();
  // The person types until the daemon has given up on the question.
  person.Shown("Code for", code)
      .During([&] {
        for (int tries = 0; tries < 600 && LastEvent().detail != "timed_out"; ++tries)
          ::poll(nullptr, 0, 10);
      })
      .Error("");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("brief", person).Authenticate());
}

}  // namespace
}  // namespace fob::testing
