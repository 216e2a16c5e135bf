// Failures slow down who guesses, and nobody else.

#include "daemon/core/lockout.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "tests/unit/core/login_fixture.h"
#include "test_paths.h"

namespace fob::core {
namespace {

class LockoutTest : public LoginFixture {
 protected:
  std::string Try(std::string_view code, std::string_view service = "sshd", std::string_view rhost = "") {
    Dialogue dialogue;
    auto in = At(std::string(service));
    in.rhost = rhost;
    world_.Begin(dialogue, World::Root(), std::move(in));
    if (dialogue.turn.has_value() && dialogue.turn->ask.has_value()) world_.Answer(dialogue, code);
    if (!rhost.empty()) world_.Advance(250);  // a refusal's own pace
    return dialogue.granted() != nullptr ? "granted" : dialogue.reason();
  }
  void Fail(int times, std::string_view rhost = "") {
    for (int i = 0; i < times; ++i) {
      std::string reason;
      for (int waits = 0; (reason = Try("wrong", "sshd", rhost)) == "locked_out" && waits < 2; ++waits)
        world_.Advance(900'000);
      EXPECT_EQ(reason, "wrong_code") << i;
    }
  }
};

TEST(Lockout, DelaysDoubleUpToALimit) {
  const LockoutSettings settings;
  EXPECT_EQ(DelayAfter(0, settings), 0);
  EXPECT_EQ(DelayAfter(3, settings), 0);
  EXPECT_EQ(DelayAfter(4, settings), 1);
  EXPECT_EQ(DelayAfter(5, settings), 2);
  EXPECT_EQ(DelayAfter(8, settings), 16);
  EXPECT_EQ(DelayAfter(99, settings), 900);
  EXPECT_EQ(DelayAfter(1'000'000'000, settings), 900);
}

TEST_F(LockoutTest, AFewMistakesCostNothing) {
  world_.AddOtp("alice", "phone");
  Fail(3);
  EXPECT_EQ(Try(world_.Code("phone")), "granted");
  world_.Advance(30'000);
  Fail(3);  // the count began anew
  EXPECT_EQ(Try(world_.Code("phone")), "granted");
}

TEST_F(LockoutTest, AfterThemEachTryWaitsLonger) {
  world_.AddOtp("alice", "phone");
  Fail(4);
  EXPECT_EQ(Try(world_.Code("phone")), "locked_out") << "a good code is not even looked at";
  world_.Advance(1'000);
  EXPECT_EQ(Try("wrong"), "wrong_code");
  world_.Advance(1'000);
  EXPECT_EQ(Try("wrong"), "locked_out");
  world_.Advance(1'000);
  EXPECT_EQ(Try(world_.Code("phone")), "granted");
}

TEST_F(LockoutTest, RefusalsForWaitingDoNotCount) {
  world_.AddOtp("alice", "phone");
  Fail(4);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Try("wrong"), "locked_out");
  world_.Advance(1'000);
  EXPECT_EQ(Try(world_.Code("phone")), "granted");
}

TEST_F(LockoutTest, I19_AFailureSurvivesARestart) {
  world_.AddOtp("alice", "phone");
  Fail(4);
  const auto factors = world_.store().LoadFactors("alice", testing::kAliceUid);
  ASSERT_EQ(factors->failures.size(), 1u);
  EXPECT_EQ(factors->failures[0].count, 4);
  EXPECT_EQ(factors->failures[0].origin, Locality::kUnknown);
}

TEST_F(LockoutTest, FailuresFromAfarDoNotLockTheConsole) {
  world_.AddOtp("alice", "phone");
  Fail(20, "198.51.100.7");
  EXPECT_EQ(Try(world_.Code("phone"), "sshd", "198.51.100.7"), "locked_out");
  world_.Sit(0);
  EXPECT_EQ(Try(world_.Code("phone"), "sudo"), "granted");
}

TEST_F(LockoutTest, CodesDoNotLockKeys) {
  world_.AddOtp("alice", "phone");
  world_.AddKey("alice", "blue");
  Fail(20);
  world_.Sit(0);
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  EXPECT_FALSE(dialogue.error.has_value()) << dialogue.reason();
}

TEST_F(LockoutTest, AHundredInARowDisableTheFactorUntilAKeyOrAnAdministrator) {
  world_.AddOtp("alice", "phone");
  Fail(100);
  world_.Advance(1'000'000);
  EXPECT_EQ(Try(world_.Code("phone")), "factor_disabled");
  const auto unlocked = world_.Call(world_.admin(), &AdminService::UnlockUser, World::Root(), {"alice"});
  ASSERT_TRUE(unlocked.ok()) << unlocked.error().text;
  EXPECT_EQ(Try(world_.Code("phone")), "granted");
}

TEST_F(LockoutTest, ThousandAtOnceHaveAsManyTriesAsOne) {
  world_.AddOtp("alice", "phone");
  std::vector<std::unique_ptr<Dialogue>> many;
  for (int i = 0; i < 200; ++i) {
    many.push_back(std::make_unique<Dialogue>());
    world_.Begin(*many.back(), World::Root(), "alice", "sshd");
    ASSERT_TRUE(many.back()->asks(AskKind::kCode));
  }
  int looked_at = 0;
  for (const auto& one : many) {
    one->Answer("wrong");  // none waits for the others
    world_.Settle();
    if (one->reason() == "wrong_code") ++looked_at;
  }
  EXPECT_EQ(looked_at, 4) << "three that are free, and the one after them";
}

TEST_F(LockoutTest, AClockThatGoesBackLengthensNothing) {
  world_.AddOtp("alice", "phone");
  Fail(4);
  const auto attempts = world_.context().lockout.Of(1, world_.store().LoadFactors("alice", testing::kAliceUid)->failures);
  const int64_t now = world_.clock.UnixSeconds();
  EXPECT_FALSE(attempts->MayTry(Factor::kTotp, Locality::kUnknown, now - 3600).ok());
  EXPECT_NE(attempts->MayTry(Factor::kTotp, Locality::kUnknown, now - 3600).error().text.find("1 second"), std::string::npos);
}

TEST_F(LockoutTest, ALockedUserIsRefusedEverything) {
  world_.AddOtp("alice", "phone");
  ASSERT_TRUE(world_.Call(world_.admin(), &AdminService::LockUser, World::Root(), {"alice"}).ok());
  EXPECT_EQ(Try(world_.Code("phone")), "user_locked");
  EXPECT_EQ(world_.LastEntry().detail, "user_locked");
  EXPECT_EQ(world_.Call(world_.admin(), &AdminService::LockUser, World::Root(), {"nobody"}).error().code, Code::kNotFound);
  EXPECT_EQ(world_.LastEntry().action, "user.lock");
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kFailed);
  ASSERT_TRUE(world_.Call(world_.admin(), &AdminService::UnlockUser, World::Root(), {"alice"}).ok());
  EXPECT_EQ(Try(world_.Code("phone")), "granted");
}

// How many codes one who never stops can try between two good logins of the user, and in how long.
TEST(Lockout, TheBoundOfTheThreatModelHolds) {
  const LockoutSettings settings;
  int64_t tries = 0;
  int64_t day_tries = 0;
  for (int64_t now = 0; tries < settings.disable_after; ++tries) {
    now += DelayAfter(tries, settings);
    if (now < 86400) ++day_tries;
  }
  // Six digits, the steps before and after count as well: three codes of a million are good at a time.
  const double guessed = 1 - std::pow(1 - 3e-6, static_cast<double>(tries));
  std::ifstream page(std::string(FOB_SOURCE_DIR) + "/docs/threat-model.md");
  std::stringstream text;
  text << page.rdbuf();
  EXPECT_NE(text.str().find(fmt::format("{} tries", tries)), std::string::npos) << tries;
  EXPECT_NE(text.str().find(fmt::format("{} in the first day", day_tries)), std::string::npos) << day_tries;
  EXPECT_NE(text.str().find(fmt::format("{:.4f} %", guessed * 100)), std::string::npos) << guessed * 100;
}

}  // namespace
}  // namespace fob::core
