// Security keys from enrolment to login, through the real worker, with virtual keys.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <thread>

#include "tests/functional/e2e/key_fixture.h"

namespace fob::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Keys : public KeysEndToEnd {};

bool IsDenial(int result) { return result == PAM_AUTH_ERR || result == PAM_AUTHINFO_UNAVAIL; }

TEST_F(Keys, EnrolmentTakesPinAndTouch) {
  blue_.SetTouchPolicy("command");
  std::jthread hand([&] { blue_.TouchWhenAsked(); });
  EnrolKey("blue");
  const proto::Key key = FindKey("blue");
  EXPECT_TRUE(key.user_verification);
  EXPECT_EQ("localhost", key.rp_id);
  EXPECT_EQ(proto::Key::Algorithm::kES256, key.algorithm);
  blue_.SetTouchPolicy("auto");
  EXPECT_EQ("already_enrolled", ReasonOf(TryEnrolKey("again"))) << "a second time";
  EXPECT_EQ("name_taken", ReasonOf(TryEnrolKey("blue")));
}

TEST_F(Keys, ATouchLogsInAndMakesTwoFactorsOfAPassword) {
  EnrolKey("blue");
  ScriptedConversation person;
  person.Info("Touch your security key for " + Me() + " at console");
  const boost::json::object claims = TokenAfter("console", person);
  EXPECT_THAT(WordsOf(claims.at("amr")), ElementsAre("pwd", "pop", "mfa"));
  EXPECT_EQ("phr", claims.at("acr").as_string());
  EXPECT_EQ(1, blue_.Status("blinks") - 1) << "one at the enrolment, one at the login";
}

TEST_F(Keys, ATouchAloneGivesNoTicket) {
  EnrolKey("blue");
  ScriptedConversation person;
  person.Info("Touch");
  PamSession session = Session("login", person);
  ASSERT_EQ(PAM_SUCCESS, session.Authenticate());
  ASSERT_EQ(PAM_SUCCESS, session.OpenSession());
  EXPECT_THAT(FindLogin(session.Variable("FOB_LOGIN").value_or("")).factors, ElementsAre("key"));
  EXPECT_EQ("not_multi_factor", ReasonOf(Ticket(AddApp("Wiki", {"wiki"}))));
}

TEST_F(Keys, PinAndTouchAreTwoFactorsByThemselves) {
  EnrolKey("blue");
  ScriptedConversation person;
  person.AnyInfo().Hidden("8 tries left. PIN for " + Me() + " at vault", kPin);
  const boost::json::object claims = TokenAfter("vault", person);
  EXPECT_THAT(WordsOf(claims.at("amr")), ElementsAre("pop", "user", "mfa"));
  EXPECT_EQ("phr", claims.at("acr").as_string());
}

TEST_F(Keys, SudoWithAKeyIsAnEvent) {
  EnrolKey("blue");
  EXPECT_PAM(PAM_SUCCESS, Touch("sudo"));
  EXPECT_EQ("key", LastEvent().detail);
  EXPECT_EQ(0u, LiveLogins());
}

TEST_F(Keys, EnterChoosesTheKeyAndDigitsTheCode) {
  EnrolKey("blue");
  EnrolTotp();
  ScriptedConversation by_key;
  by_key.Shown("or Enter to use your security key", "").Info("Touch");
  EXPECT_PAM(PAM_SUCCESS, Session("login", by_key).Authenticate());
  ScriptedConversation by_code;
  by_code.Shown("or Enter to use your security key", NextCode());
  EXPECT_PAM(PAM_SUCCESS, Session("login", by_code).Authenticate());
  EXPECT_EQ(2, blue_.Status("blinks"));
}

TEST_F(Keys, I12_AWrongPinCostsOneTryAndShowsWhatIsLeft) {
  EnrolKey("blue");
  ScriptedConversation person;
  person.AnyInfo().Hidden("8 tries left", "000000").Hidden("7 tries left", kPin);
  EXPECT_PAM(PAM_SUCCESS, Session("vault", person).Authenticate());
  EXPECT_EQ(8, blue_.Status("pin_retries"));
}

TEST_F(Keys, I12_NoPinIsTriedBelowTheFloor) {
  EnrolKey("blue");
  // Three wrong ones in a row block a key until it is plugged in anew (CTAP 2.1 clause 6.5.5.6).
  for (int round = 0; round < 2; ++round) {
    ScriptedConversation person;
    person.AnyInfo()
        .Hidden("PIN for", "000000")
        .Hidden("PIN for", "000000")
        .Hidden("PIN for", "000000")
        .Error("");
    EXPECT_PAM(PAM_AUTH_ERR, Session("vault", person).Authenticate());
    blue_.Unplug();
    blue_.Plug();
  }
  ASSERT_EQ(2, blue_.Status("pin_retries"));
  ScriptedConversation last;
  last.Error("too few PIN tries");
  EXPECT_PAM(PAM_AUTH_ERR, Session("vault", last).Authenticate());
  EXPECT_EQ(2, blue_.Status("pin_retries"));
  EXPECT_PAM(PAM_SUCCESS, Touch("login")) << "where a touch is enough the key still works";
}

TEST_F(Keys, I2_NoPinIsARefusalAndCostsNothing) {
  EnrolKey("blue");
  ScriptedConversation empty;
  empty.Hidden("PIN for", "").Error("no PIN was given");
  EXPECT_TRUE(IsDenial(Session("vault", empty).Authenticate()));
  ScriptedConversation cancelled;
  cancelled.Cancel("PIN for").Error("cancelled");
  EXPECT_PAM(PAM_AUTH_ERR, Session("vault", cancelled).Authenticate());
  EXPECT_EQ(8, blue_.Status("pin_retries"));
}

TEST_F(Keys, I2_TheSignedFlagsCountAndNotWhatWasAsked) {
  EnrolKey("blue");
  for (const char* fault : {"clear_up_flag", "clear_uv_flag", "wrong_signature", "wrong_rp_hash"}) {
    SCOPED_TRACE(fault);
    blue_.Misbehave(fault);
    ScriptedConversation person;
    person.AnyInfo().Hidden("PIN for", kPin).Error("");
    EXPECT_TRUE(IsDenial(Session("vault", person).Authenticate()));
    blue_.Misbehave("none");
    EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
  }
  blue_.Misbehave("foreign_credential_id");
  ScriptedConversation person;
  person.AnyInfo().Error("a credential that was not asked for");
  EXPECT_TRUE(IsDenial(Session("vault", person).Authenticate()));
}

TEST_F(Keys, ACounterThatGoesBackIsDeniedAndAudited) {
  EnrolKey("blue");
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
  blue_.Misbehave("counter_back");
  ScriptedConversation person;
  person.AnyInfo().Hidden("PIN for", kPin).Error("counter went back");
  EXPECT_TRUE(IsDenial(Session("vault", person).Authenticate()));
  EXPECT_EQ(proto::AuditEvent::Outcome::kDenied, LastEvent().outcome);
}

TEST_F(Keys, ACallerThatGoesAwayCancelsTheKeyAtOnce) {
  EnrolKey("blue");
  blue_.SetTouchPolicy("never");
  {
    proto::Connection connection = daemon_.Connect();
    std::jthread wait([&] {
      (void)connection.Stream<proto::login::Begin>(
          {Me(), "login", std::nullopt, std::nullopt, std::nullopt, std::nullopt},
          proto::DeadlineIn(20'000), [&](const auto&) -> Status {
            blue_.WaitTouch();
            return MakeError(Code::kCancelled, "test", "gone");
          });
      connection.Close();
    });
  }
  blue_.WaitIdle();
  EXPECT_EQ(1, blue_.Status("cancels"));
  blue_.SetTouchPolicy("auto");
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
}

TEST_F(Keys, I10_AnApplicationThatIsKilledLeavesTheKeyFree) {
  EnrolKey("blue");
  blue_.SetTouchPolicy("never");
  const pid_t host = ::fork();
  if (host == 0) {
    ScriptedConversation person;
    person.AnyInfo();
    Session("login", person).Authenticate();
    ::_exit(0);
  }
  blue_.WaitTouch();
  ::kill(host, SIGKILL);
  ::waitpid(host, nullptr, 0);
  blue_.WaitIdle();
  EXPECT_EQ(1, blue_.Status("cancels"));
  blue_.SetTouchPolicy("auto");
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
}

TEST_F(Keys, I10_TwoLoginsAtOnceTakeTurns) {
  EnrolKey("blue");
  blue_.SetTouchPolicy("command");
  std::promise<void> told;
  ScriptedConversation second;
  second.Info("Waiting: " + Me() + " at login is being asked first.")
      .During([&] { told.set_value(); })
      .Info("Touch");
  ScriptedConversation first;
  std::jthread other;
  int other_result = PAM_ABORT;
  first.Info("Touch").During([&] {
    blue_.WaitTouch();
    other = std::jthread([&] { other_result = Session("sudo", second).Authenticate(); });
    // The second one waits in the queue once it has been told so; only then is the key touched.
    ASSERT_EQ(told.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
    blue_.Touch();
  });
  EXPECT_PAM(PAM_SUCCESS, Session("login", first).Authenticate());
  blue_.TouchWhenAsked();
  other.join();
  EXPECT_PAM(PAM_SUCCESS, other_result);
}

TEST_F(Keys, I10_NobodyWaitsForAPersonWhoTypesAPin) {
  EnrolKey("blue");
  ScriptedConversation person;
  person.AnyInfo().Hidden("PIN for", kPin).During([&] { EXPECT_PAM(PAM_SUCCESS, Touch("sudo")); });
  EXPECT_PAM(PAM_SUCCESS, Session("vault", person).Authenticate());
}

TEST_F(Keys, TheKeySurvivesRestartsOfBothSides) {
  EnrolKey("blue");
  const int64_t counter = FindKey("blue").counter;
  daemon_.Kill();
  daemon_.Start();
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
  blue_.Restart();
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
  EXPECT_GT(FindKey("blue").counter, counter);
}

TEST_F(Keys, ARemovedKeyNoLongerLogsIn) {
  EnrolKey("blue");
  EnrolTotp();
  const auto removed = daemon_.Connect().Stream<proto::enrol::RemoveKey>(
      {Me(), "blue", std::nullopt, {}}, proto::DeadlineIn(10'000), [](auto) { return Ok(); });
  ASSERT_TRUE(removed.ok()) << removed.error().text;
  ScriptedConversation person;
  person.Error("has no factor of the kind");
  EXPECT_PAM(PAM_AUTH_ERR, Session("vault", person).Authenticate());
}

TEST_F(Keys, I15_AChangedHostNameOrphansNothing) {
  EnrolKey("blue");
  const UniqueFd before(::open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
  if (::unshare(CLONE_NEWUTS) != 0 || ::sethostname("renamed", 7) != 0)
    GTEST_SKIP() << "needs root, to rename the host";
  daemon_.Restart();
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
  ::setns(before.get(), CLONE_NEWUTS);
}

}  // namespace
}  // namespace fob::testing
