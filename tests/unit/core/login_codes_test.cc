// Logins with a code.

#include "tests/unit/core/login_fixture.h"

namespace fob::core {
namespace {

class LoginCodes : public LoginFixture {};

TEST_F(LoginCodes, ACodeYieldsALoginForATrustedCaller) {
  const OtpRecord otp = world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  auto in = At("sshd");
  in.rhost = "198.51.100.7";
  in.tty = "ssh";
  in.vouched = {"password"};
  world_.Begin(dialogue, World::Root(), std::move(in));
  ASSERT_TRUE(dialogue.asks(AskKind::kCode)) << dialogue.reason();
  world_.Answer(dialogue, world_.Code("phone"));
  const proto::Granted* granted = dialogue.granted();
  ASSERT_NE(granted, nullptr) << dialogue.reason();
  EXPECT_EQ(granted->outcome, GrantedOutcome::kLogin);
  EXPECT_EQ(granted->user, "alice");
  EXPECT_THAT(granted->factors, ElementsAre("password", "totp"));
  EXPECT_EQ(granted->rule, "ssh");
  ASSERT_TRUE(granted->handle.has_value());
  EXPECT_THAT(std::string(granted->handle->RevealText()), ::testing::StartsWith("handle_"));
  EXPECT_GE(granted->handle->size(), 7u + 43u) << "256 random bits";
  EXPECT_EQ(granted->expires_at, world_.clock.UnixSeconds() + 12 * 3600);
  const AuditEntry entry = world_.LastEntry();
  EXPECT_EQ(entry.action, "login");
  EXPECT_EQ(entry.outcome, Outcome::kAllowed);
  EXPECT_EQ(entry.user, "alice");
  EXPECT_EQ(entry.caller_uid, 0);
  EXPECT_EQ(entry.caller_pid, World::Root().pid);
  EXPECT_EQ(entry.service, "sshd");
  EXPECT_EQ(entry.tty, "ssh");
  EXPECT_EQ(entry.rhost, "198.51.100.7");
  EXPECT_EQ(entry.rule, "ssh");
  EXPECT_EQ(entry.subject, otp.id);
  EXPECT_EQ(entry.detail, "password totp");
  EXPECT_EQ(dialogue.lasts, 2) << "one for the question, one for the outcome";
}

TEST_F(LoginCodes, AWrongCodeIsDenied) {
  world_.AddOtp("alice", "phone");
  for (const std::string& code :
       {std::string("000000"), std::string(), world_.Code("phone", 2), world_.Code("phone", -2)}) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "sshd");
    world_.Answer(dialogue, code);
    ASSERT_TRUE(dialogue.error.has_value()) << code;
    EXPECT_EQ(dialogue.error->code, Code::kDenied);
    EXPECT_EQ(dialogue.error->reason, "wrong_code");
    EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
    EXPECT_EQ(world_.LastEntry().detail, "wrong_code totp");
  }
}

TEST_F(LoginCodes, I18_ACodeWorksOnce) {
  world_.AddOtp("alice", "phone");
  for (const bool first : {true, false}) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "sshd");
    world_.Answer(dialogue, world_.Code("phone"));
    EXPECT_EQ(dialogue.granted() != nullptr, first);
    if (!first) {
      EXPECT_EQ(dialogue.reason(), "replayed_code");
    }
  }
  // Nor does an older one that is still in the window.
  Dialogue older;
  world_.Begin(older, World::Root(), "alice", "sshd");
  world_.Answer(older, world_.Code("phone", -1));
  EXPECT_EQ(older.reason(), "replayed_code");
}

TEST_F(LoginCodes, I18_TwoAtOnceWithOneCodeAreOneLogin) {
  world_.AddOtp("alice", "phone");
  Dialogue one;
  Dialogue two;
  world_.Begin(one, World::Root(), "alice", "sshd");
  world_.Begin(two, World::Root(), "alice", "sshd");
  world_.queue().hold = true;
  world_.Answer(one, world_.Code("phone"));
  world_.Answer(two, world_.Code("phone"));
  world_.queue().hold = false;
  world_.Settle();
  EXPECT_NE(one.granted(), nullptr);
  EXPECT_EQ(two.reason(), "replayed_code");
}

TEST_F(LoginCodes, EveryCodeOfTheUserIsTried) {
  world_.AddOtp("alice", "phone");
  world_.AddOtp("alice", "tablet");
  world_.AddOtp("bob", "bobs");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.Answer(dialogue, world_.Code("tablet"));
  EXPECT_NE(dialogue.granted(), nullptr);
  Dialogue other;
  world_.Begin(other, World::Root(), "alice", "sshd");
  world_.Answer(other, world_.Code("bobs"));
  EXPECT_EQ(other.reason(), "wrong_code") << "another user's code";
}

TEST_F(LoginCodes, NothingIsGrantedBeforeItIsDurable) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.queue().hold = true;
  world_.Answer(dialogue, world_.Code("phone"));
  EXPECT_EQ(dialogue.lasts, 1);
  world_.queue().hold = false;
  world_.Settle();
  EXPECT_NE(dialogue.granted(), nullptr);
}

TEST_F(LoginCodes, ACommitThatFailsIsARefusal) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.queue().write_error = MakeError(Code::kUnavailable, "disk_full", "the disk is full");
  world_.Answer(dialogue, world_.Code("phone"));
  EXPECT_EQ(dialogue.granted(), nullptr);
  EXPECT_EQ(dialogue.reason(), "disk_full");
  // The code was not used up.
  world_.queue().write_error.reset();
  Dialogue again;
  world_.Begin(again, World::Root(), "alice", "sshd");
  world_.Answer(again, world_.Code("phone"));
  EXPECT_NE(again.granted(), nullptr);
}

}  // namespace
}  // namespace fob::core
