// A disk that takes nothing more, from a moment on.
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <thread>

#include "tests/functional/e2e/key_fixture.h"

namespace fob::testing {
namespace {

using ::testing::HasSubstr;

class FullDisk : public KeysEndToEnd {
 protected:
  // No file of fobd's may grow beyond this: enough for what it prints, and less than what its log of the store has
  // come to after a few logins.
  static constexpr rlim_t kEnough = 32 * 1024;

  FullDisk() {
    DaemonSetup setup = AtTheStartOfAStep();
    setup.before = [] { ::signal(SIGXFSZ, SIG_IGN); };  // the write fails instead
    daemon_.Configure(setup);
    daemon_.Restart();
    EnrolTotp();
    EnrolKey("blue");
    for (int i = 0; i < 12; ++i) EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
  }
  void SetFull(bool full) {
    const rlimit limit{full ? kEnough : RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(0, ::prlimit(daemon_.pid(), RLIMIT_FSIZE, &limit, nullptr));
  }
  // A code would do as well at this service: an empty answer takes the key.
  static void UseKey(ScriptedConversation& person) { person.AnyInfo().Shown("or Enter to use your security key", ""); }
  int LoginByKey() {
    ScriptedConversation person;
    UseKey(person);
    return Session("login", person).Authenticate();
  }
  std::vector<proto::AuditEvent> Events(const std::string& action) {
    const auto out = daemon_.Call<proto::admin::TailAudit>(
        {100, std::nullopt, std::nullopt, std::nullopt, action, std::nullopt, {}});
    return out.ok() ? out->events : std::vector<proto::AuditEvent>();
  }
  void ChainHolds() {
    const auto chain = daemon_.Call<proto::admin::VerifyAudit>({});
    ASSERT_TRUE(chain.ok());
    EXPECT_TRUE(chain->intact);
  }
  // Comes within seconds of there being room.
  proto::AuditEvent Gap() {
    const int64_t deadline = proto::DeadlineIn(20'000);
    while (proto::DeadlineIn(0) < deadline) {
      const auto gaps = Events("audit.gap");
      if (!gaps.empty()) return gaps.back();
      std::this_thread::yield();
    }
    ADD_FAILURE() << "the trail never told of the gap";
    return {};
  }
};

TEST_F(FullDisk, I14_RefusesCodesAndSpendsNone) {
  const std::string code = NextCode();
  SetFull(true);
  IsDenied("sshd", code, "has room", PAM_AUTHINFO_UNAVAIL);
  SetFull(false);
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", code)) << "there is room again";
  EXPECT_THAT(Gap().detail.value_or(""), HasSubstr("admitted=0"));
  ChainHolds();
}

TEST_F(FullDisk, I14_AdmitsAKeyAsAnEventAndTellsJournalAndTrail) {
  const size_t live = LiveLogins();
  SetFull(true);
  {
    ScriptedConversation person;
    UseKey(person);
    PamSession session = Session("login", person);
    EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
    EXPECT_EQ(session.Variable("FOB_HANDLE"), std::nullopt);
    EXPECT_PAM(PAM_SUCCESS, session.EstablishCredentials()) << "fob stands alone in this stack";
    EXPECT_PAM(PAM_SUCCESS, session.OpenSession());
    EXPECT_TRUE(session.Environment().empty());
  }
  EXPECT_EQ(LiveLogins(), live);
  EXPECT_THAT(daemon_.log(), HasSubstr("admitted by key while the store cannot be written: user=" + Me() + " service=login"));
  const App wiki{"client_none", SecretBytes("none")};
  EXPECT_FALSE(Ticket(wiki).ok());
  SetFull(false);
  EXPECT_THAT(Gap().detail.value_or(""), HasSubstr("admitted=1"));
  const auto logins = Events("login");
  ASSERT_FALSE(logins.empty());
  EXPECT_THAT(logins.back().detail.value_or(""), HasSubstr("without_store"));
  ChainHolds();
  EXPECT_PAM(PAM_SUCCESS, LoginByKey());
  EXPECT_THAT(Events("login").back().detail.value_or(""), Not(HasSubstr("without_store")));
}

TEST_F(FullDisk, I14_ALockedUserIsNotAdmitted) {
  ASSERT_TRUE(daemon_.Call<proto::admin::LockUser>({Me()}).ok());
  SetFull(true);
  ScriptedConversation person;
  person.Error("locked");
  EXPECT_PAM(PAM_AUTH_ERR, Session("login", person).Authenticate());
}

// The journal is what is left of a gap when fobd is killed within it.
TEST_F(FullDisk, I14_EndedInTheGapItTellsTheTrailAsItGoesOrTheJournalOnly) {
  SetFull(true);
  EXPECT_PAM(PAM_SUCCESS, LoginByKey());
  daemon_.Stop();
  EXPECT_THAT(daemon_.log(), HasSubstr("will not tell of this gap"));
  daemon_.Start();
  ChainHolds();
  EXPECT_PAM(PAM_SUCCESS, LoginByKey());
}

}  // namespace
}  // namespace fob::testing
