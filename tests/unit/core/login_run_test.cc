// What a login yields, to whom, and by which rule.

#include "tests/unit/core/login_fixture.h"

namespace fob::core {
namespace {

class LoginRun : public LoginFixture {};

// --- who gets what

TEST_F(LoginRun, OnlyThoseWhoMayRunLoginsGetOne) {
  const struct {
    Peer peer;
    const char* service;
    GrantedOutcome outcome;
  } rows[] = {
      {World::Root(), "sshd", GrantedOutcome::kLogin},
      {World::Root(), "sudo", GrantedOutcome::kEvent},  // elevation proves presence
      {World::Root(), "su", GrantedOutcome::kEvent},
      {World::Postgres(), "postgresql", GrantedOutcome::kLogin},
      {World::Alice(), "sshd", GrantedOutcome::kEvent},  // for itself
      {World::Alice(), "fobctl", GrantedOutcome::kEvent},
  };
  world_.AddOtp("alice", "phone");
  for (const auto& row : rows) {
    world_.Advance(60'000);
    Dialogue dialogue;
    world_.Begin(dialogue, row.peer, "alice", row.service);
    ASSERT_TRUE(dialogue.asks(AskKind::kCode)) << row.service << dialogue.reason();
    world_.Answer(dialogue, world_.Code("phone"));
    ASSERT_NE(dialogue.granted(), nullptr) << row.service << dialogue.reason();
    EXPECT_EQ(dialogue.granted()->outcome, row.outcome) << row.peer.uid << row.service;
    EXPECT_EQ(dialogue.granted()->handle.has_value(), row.outcome == GrantedOutcome::kLogin);
    EXPECT_EQ(dialogue.granted()->expires_at.has_value(), row.outcome == GrantedOutcome::kLogin);
  }
}

TEST_F(LoginRun, I5_OthersBeginForThemselvesAlone) {
  world_.AddOtp("alice", "phone");
  world_.AddOtp("bob", "bobs");
  const auto refused = [&](const Peer& peer, const char* user, const char* service) {
    Dialogue dialogue;
    world_.Begin(dialogue, peer, user, service);
    return dialogue.reason();
  };
  EXPECT_EQ(refused(World::Bob(), "alice", "sshd"), "other_user");
  EXPECT_EQ(refused(World::Alice(), "root", "sudo"), "other_user");
  EXPECT_EQ(refused(World::Postgres(), "alice", "sshd"), "other_user")
      << "granted for postgresql only";
  EXPECT_EQ(refused(World::Postgres(), "alice", "postgresql"), "");
  EXPECT_EQ(world_.LastEntry().detail, "other_user");
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
}

TEST_F(LoginRun, I1_ARuleByGroupMeetsTheAccountsGroups) {
  Rule staff;
  staff.name = "staff";
  staff.groups = {"staff"};
  world_.settings.rules.insert(world_.settings.rules.begin(), staff);
  world_.AddOtp("alice", "phone");
  world_.AddOtp("bob", "bobs");
  Dialogue alice, bob;
  world_.Begin(alice, World::Root(), "alice", "sshd");
  EXPECT_EQ(alice.reason(), "policy");
  EXPECT_EQ(world_.LastEntry().rule, "staff");
  EXPECT_EQ(world_.host.groups_asked, Host::Groups::kLookUp);
  world_.Begin(bob, World::Root(), "bob", "sshd");
  EXPECT_TRUE(bob.asks(AskKind::kCode)) << bob.reason();
}

TEST_F(LoginRun, GroupsThatNoRuleNamesAreNotLookedUp) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  EXPECT_TRUE(dialogue.asks(AskKind::kCode)) << dialogue.reason();
  EXPECT_EQ(world_.host.groups_asked, Host::Groups::kSkip);
}

TEST_F(LoginRun, OnlyATrustedCallerVouches) {
  world_.AddOtp("alice", "phone");
  const auto vouch = [&](const Peer& peer, std::string service, std::vector<std::string> vouched) {
    Dialogue dialogue;
    auto in = At(std::move(service));
    in.vouched = std::move(vouched);
    world_.Begin(dialogue, peer, std::move(in));
    return dialogue.reason();
  };
  EXPECT_EQ(vouch(World::Root(), "sshd", {"password", "ssh-key"}), "");
  EXPECT_EQ(vouch(World::Root(), "sshd", {}), "");
  EXPECT_EQ(vouch(World::Alice(), "sshd", {"password"}), "may_not_vouch");
  EXPECT_EQ(vouch(World::Alice(), "fobctl", {"password"}), "may_not_vouch");
  EXPECT_EQ(vouch(World::Postgres(), "postgresql", {"password"}), "may_not_vouch")
      << "has no other of root's rights";
  EXPECT_EQ(vouch(World::Alice(), "sshd", {}), "");
  // What fobd verifies itself nobody vouches for.
  for (const char* word : {"key", "key+uv", "totp", "pin", ""}) {
    EXPECT_EQ(vouch(World::Root(), "sshd", {word}), "bad_vouched") << word;
  }
}

// --- policy

TEST_F(LoginRun, PolicySkipsOrDenies) {
  Dialogue skip;
  world_.Begin(skip, World::Root(), "alice", "cron");
  ASSERT_NE(skip.granted(), nullptr);
  EXPECT_EQ(skip.granted()->outcome, GrantedOutcome::kSkip);
  EXPECT_EQ(skip.granted()->rule, "cron");
  EXPECT_FALSE(skip.granted()->handle.has_value());
  EXPECT_EQ(world_.LastEntry().detail, "skip");
  Dialogue deny;
  world_.Begin(deny, World::Root(), "alice", "telnet");
  EXPECT_EQ(deny.reason(), "policy");
  EXPECT_EQ(deny.error->code, Code::kDenied);
}

TEST_F(LoginRun, TheUnenrolledAreDeniedOrSkippedAsTheRuleSays) {
  Dialogue deny;
  world_.Begin(deny, World::Root(), "bob", "sshd");
  EXPECT_EQ(deny.reason(), "not_enrolled");
  Dialogue skip;
  world_.Begin(skip, World::Root(), "bob", "lobby");
  ASSERT_NE(skip.granted(), nullptr);
  EXPECT_EQ(skip.granted()->outcome, GrantedOutcome::kSkip);
  // Somebody who was enrolled once and has no factor left is unenrolled.
  const OtpRecord otp = world_.AddOtp("bob", "old");
  ASSERT_TRUE(world_.store().RemoveOtp("bob", testing::kBobUid, otp.id, {}).ok());
  Dialogue again;
  world_.Begin(again, World::Root(), "bob", "sshd");
  EXPECT_EQ(again.reason(), "not_enrolled");
}

TEST_F(LoginRun, SkippingTheUnenrolledSkipsNobodyElse) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "lobby");
  EXPECT_EQ(dialogue.granted(), nullptr);
  EXPECT_EQ(world_.desk.busy(), 1);
}

TEST_F(LoginRun, AFactorOfAnotherKindThanTheRuleAsksForIsNone) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  EXPECT_EQ(dialogue.reason(), "no_factor");
}

// --- requests

TEST_F(LoginRun, ARequestThatMakesNoSenseIsRefusedAndRecorded) {
  const std::string control = std::string("alice\x1b[2J");
  const struct {
    const char* user;
    std::string service, tty, rhost, reason;
  } rows[] = {
      {"", "sshd", "", "", "bad_user"},
      {control.c_str(), "sshd", "", "", "bad_user"},
      {"alice", "", "", "", "bad_service"},
      {"alice", std::string(65, 's'), "", "", "bad_service"},
      {"alice", "ss hd", "", "", "bad_service"},
      {"alice", "sshd\n", "", "", "bad_service"},
      {"alice", "\xc3\xa9", "", "", "bad_service"},
      {"alice", "sshd", std::string(257, 't'), "", "bad_tty_or_rhost"},
      {"alice", "sshd", "tty1\n", "", "bad_tty_or_rhost"},
      {"alice", "sshd", "", std::string(257, 'r'), "bad_tty_or_rhost"},
      {"alice", "sshd", "", "\x1b]0;x\x07", "bad_tty_or_rhost"},
      {"alice", "fob-web", "", "", "web_service"},
  };
  for (const auto& row : rows) {
    Dialogue dialogue;
    auto in = At(row.service, row.user);
    in.tty = row.tty;
    in.rhost = row.rhost;
    const size_t before = world_.Trail().size();
    world_.Begin(dialogue, World::Alice(), std::move(in));
    EXPECT_EQ(dialogue.reason(), row.reason);
    ASSERT_EQ(world_.Trail().size(), before + 1) << row.reason;
    const AuditEntry entry = world_.LastEntry();
    EXPECT_EQ(entry.detail, row.reason);
    EXPECT_NE(entry.outcome, Outcome::kAllowed);
    EXPECT_LE(entry.service.size(), 64u);
    EXPECT_TRUE(IsPrintable(entry.user));
    EXPECT_TRUE(IsPrintable(entry.service));
  }
  Dialogue long_name;
  world_.Begin(long_name, World::Alice(), std::string(257, 'a'), "sshd");
  EXPECT_EQ(long_name.reason(), "bad_user");
  EXPECT_EQ(world_.LastEntry().user, "");
}

}  // namespace
}  // namespace fob::core
