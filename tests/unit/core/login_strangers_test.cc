// Who guesses at names from the network is not told which of them are users.

#include "tests/unit/core/login_fixture.h"

namespace fob::core {
namespace {

class Strangers : public LoginFixture {
 protected:
  static constexpr int64_t kPaceMs = 250;

  Strangers() { world_.AddOtp("alice", "phone"); }
  void Begin(Dialogue& dialogue, const std::string& user, const std::string& service = "sshd",
             const std::string& rhost = "198.51.100.7") {
    proto::login::Begin::In in = At(service, user);
    in.rhost = rhost;
    world_.Begin(dialogue, World::Root(), std::move(in));
  }
  // Prompt, reason and text of a try with a wrong code, with the name taken out.
  std::string Try(const std::string& user, const std::string& service = "sshd") {
    Dialogue dialogue;
    Begin(dialogue, user, service);
    std::string said = dialogue.prompt();
    if (dialogue.asks(AskKind::kCode)) {
      world_.Answer(dialogue, "000000");
      EXPECT_FALSE(dialogue.ended) << "at its own pace";
      world_.Advance(kPaceMs);
    }
    EXPECT_EQ(dialogue.granted(), nullptr);
    said += "|" + dialogue.reason() + "|" + (dialogue.error.has_value() ? dialogue.error->text : "");
    for (size_t at; (at = said.find(user)) != said.npos;) said.replace(at, user.size(), "USER");
    return said;
  }
};

TEST_F(Strangers, AreAskedAndRefusedLikeUsers) {
  const std::string user = Try("alice");
  EXPECT_THAT(user, HasSubstr("Code for USER at sshd"));
  EXPECT_THAT(user, HasSubstr("wrong_code"));
  EXPECT_EQ(Try("mallory"), user);
  EXPECT_EQ(world_.LastEntry().detail, "unknown_user");
  EXPECT_EQ(world_.LastEntry().user, "mallory");
  EXPECT_EQ(Try("bob"), user);
  EXPECT_EQ(world_.LastEntry().detail, "not_enrolled");
  world_.AddKey("bob", "red");
  EXPECT_EQ(Try("bob"), user) << "he has no code, and his key is not woken from afar";
  EXPECT_EQ(world_.LastEntry().detail, "no_factor");
  AuditEntry audit;
  audit.action = "test";
  world_.Advance(900'000);
  ASSERT_TRUE(world_.store().LockUser("alice", true, audit).ok());
  EXPECT_EQ(Try("alice"), user);
  EXPECT_EQ(world_.LastEntry().detail, "user_locked");
  world_.host.accounts["alice"].uid = 2000;
  EXPECT_EQ(Try("alice"), user);
  EXPECT_EQ(world_.LastEntry().detail, "user_changed");
}

TEST_F(Strangers, AreHeldBackLikeUsers) {
  for (int i = 0; i < 6; ++i) {
    SCOPED_TRACE(i);
    const std::string user = Try("alice");
    EXPECT_EQ(Try("mallory"), user);
    EXPECT_EQ(Try("bob"), user);
    EXPECT_EQ(user.find("locked_out") != user.npos, i == 5);
  }
  EXPECT_EQ(world_.store().LoadFactors("alice", testing::kAliceUid)->failures.size(), 1u);
  EXPECT_EQ(Try("eve"), Try("trent")) << "each name by itself";
}

TEST_F(Strangers, NoCodeIsTheirs) {
  Dialogue dialogue;
  Begin(dialogue, "mallory");
  // Of all codes that the verifier of the tests takes, and the recovery code's form.
  world_.Answer(dialogue, world_.Code("phone"));
  world_.Advance(kPaceMs);
  EXPECT_EQ(dialogue.reason(), "wrong_code");
  Dialogue recovery;
  Begin(recovery, "mallory", "spare");
  world_.Answer(recovery, "K7QF-M2XA-9RTD-WYHC");
  world_.Advance(kPaceMs);
  EXPECT_EQ(recovery.reason(), "wrong_code");
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
}

TEST_F(Strangers, AUserWhoMistypedIsRefusedAtTheSamePaceAndLetInAtOnce) {
  Dialogue dialogue;
  Begin(dialogue, "alice");
  world_.Answer(dialogue, world_.Code("phone"));
  EXPECT_NE(dialogue.granted(), nullptr) << dialogue.reason();
}

TEST_F(Strangers, WhoSitsHereAndWhoElevatesIsToldAtOnceWhatIsLacking) {
  Dialogue here;
  Begin(here, "bob", "sshd", "");
  EXPECT_EQ(here.reason(), "not_enrolled");
  Dialogue elevation;
  Begin(elevation, "bob", "sudo");
  EXPECT_EQ(elevation.reason(), "not_enrolled");
}

TEST_F(Strangers, WherePolicyAsksNobodyThereIsNothingToHide) {
  Dialogue denied;
  Begin(denied, "mallory", "telnet");
  EXPECT_EQ(denied.reason(), "unknown_user");
  Dialogue open;
  Begin(open, "bob", "lobby");
  ASSERT_NE(open.granted(), nullptr);
  EXPECT_EQ(open.granted()->outcome, GrantedOutcome::kSkip);
  Dialogue key;  // a service where only a key counts: nobody's key is woken for a stranger
  Begin(key, "mallory", "door");
  EXPECT_EQ(key.reason(), "unknown_user");
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(Strangers, ADenialByGroupTellsNobodyWhoIsInIt) {
  Rule rule;
  rule.name = "no staff";
  rule.groups = {"staff"};
  rule.action = Rule::Action::kDeny;
  world_.settings.rules.insert(world_.settings.rules.begin(), rule);
  const std::string denied = Try("alice");
  EXPECT_EQ(world_.LastEntry().detail, "policy");
  EXPECT_EQ(world_.LastEntry().rule, "no staff");
  EXPECT_EQ(denied, Try("mallory"));
}

TEST_F(Strangers, AStoreThatCannotBeReadIsNoAnswerAboutAName) {
  world_.queue().read_error = MakeError(Code::kUnavailable, "store_not_readable", "gone");
  EXPECT_EQ(Try("mallory"), Try("alice"));
}

TEST_F(Strangers, OnlySoManyAreRemembered) {
  const LockoutSettings settings;
  Lockout lockout(settings);
  const auto first = lockout.OfStranger("first");
  EXPECT_EQ(lockout.OfStranger("first"), first);
  for (int i = 0; i < 5000; ++i) lockout.OfStranger("name " + std::to_string(i));
  EXPECT_NE(lockout.OfStranger("first"), first);
}

}  // namespace
}  // namespace fob::core
