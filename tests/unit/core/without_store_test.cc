// I14: what is admitted while the store cannot be written, and what the trail learns of it afterwards.

#include "tests/unit/core/login_fixture.h"

namespace fob::core {
namespace {

class WithoutStore : public LoginFixture {
 protected:
  WithoutStore() : key_(world_.AddKey("alice", "blue")) {
    world_.AddOtp("alice", "phone");
    SetFull(true);
  }
  void SetFull(bool full) {
    world_.queue().write_error =
        full ? std::optional(MakeError(Code::kUnavailable, "store_not_writable", "the store: the disk is full"))
             : std::nullopt;
  }
  // A touch at `service`, signed with `counter`.
  void Touch(Dialogue& dialogue, const std::string& service, uint32_t counter, uint8_t flags = testing::kUp) {
    world_.Begin(dialogue, World::Root(), "alice", service);
    if (dialogue.asks(AskKind::kChoice)) world_.Answer(dialogue, "");  // the key
    if (world_.desk.busy() > 0) world_.desk.current()->Assert(key_, flags, counter);
    world_.Settle();
  }
  std::string TouchReason(const std::string& service, uint32_t counter, uint8_t flags = testing::kUp) {
    Dialogue dialogue;
    Touch(dialogue, service, counter, flags);
    EXPECT_NE(dialogue.granted() == nullptr, dialogue.reason().empty());
    return dialogue.reason();
  }
  // Room again, and the next try of the gap's keeper.
  void MakeRoom() {
    SetFull(false);
    world_.Advance(GapKeeper::kTryMs);
  }
  std::vector<AuditEntry> Gaps() {
    std::vector<AuditEntry> gaps;
    for (const AuditRecord& record : world_.Trail()) {
      if (record.entry.action == "audit.gap") gaps.push_back(record.entry);
    }
    return gaps;
  }
  const KeyRecord key_;
};

TEST_F(WithoutStore, I14_AKeyLoginIsAnEventWithoutLoginAndTheJournalIsTold) {
  Dialogue dialogue;
  Touch(dialogue, "door", 11);
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  EXPECT_EQ(dialogue.granted()->outcome, GrantedOutcome::kEvent);
  EXPECT_FALSE(dialogue.granted()->handle.has_value());
  EXPECT_FALSE(dialogue.granted()->expires_at.has_value());
  EXPECT_THAT(dialogue.granted()->factors, ElementsAre("key"));
  EXPECT_EQ(dialogue.infos.back().kind, proto::Info::Kind::kNotice);
  ASSERT_EQ(world_.journal.size(), 1u);
  for (const std::string& part : {std::string("user=alice"), std::string("service=door"), "key=" + key_.id, std::string("rule=door")}) {
    EXPECT_THAT(world_.journal[0], HasSubstr(part));
  }
  const auto logins = world_.Call(world_.login(), &LoginService::List, World::Root(), {{}, true, {}, {}});
  ASSERT_TRUE(logins.ok());
  EXPECT_TRUE(logins->logins.empty());
}

TEST_F(WithoutStore, I14_CodesAreRefusedAndSpendNothing) {
  Dialogue code;
  world_.Begin(code, World::Root(), "alice", "sshd");
  world_.Answer(code, world_.Code("phone"));
  EXPECT_EQ(code.reason(), "store_not_writable");
  EXPECT_TRUE(world_.journal.empty());
  // A key first does not make the code after it good, and is not an event by itself.
  Dialogue both;
  world_.Begin(both, World::Root(), "alice", "both");
  if (both.asks(AskKind::kChoice)) world_.Answer(both, "");
  world_.desk.current()->Assert(key_, testing::kUp, 11);
  world_.Settle();
  EXPECT_EQ(both.granted(), nullptr);
  EXPECT_TRUE(world_.journal.empty());
  MakeRoom();
  Dialogue again;
  world_.Begin(again, World::Root(), "alice", "sshd");
  world_.Answer(again, world_.Code("phone"));
  EXPECT_NE(again.granted(), nullptr) << again.reason();
}

TEST_F(WithoutStore, I14_ACodeThatWasMadeDurableBeforeMayBeFollowedByAKey) {
  world_.settings.rules[2].require = {{Factor::kTotp, Factor::kKey}};  // door
  SetFull(false);
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  world_.Answer(dialogue, world_.Code("phone"));
  SetFull(true);
  world_.desk.current()->Assert(key_, testing::kUp, 11);
  world_.Settle();
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  EXPECT_EQ(dialogue.granted()->outcome, GrantedOutcome::kEvent);
}

TEST_F(WithoutStore, I14_TheTrailTellsOfTheGapOnceItCan) {
  EXPECT_EQ(TouchReason("door", 11), "");
  EXPECT_EQ(TouchReason("door", 12, 0), "not_present");
  world_.Advance(60'000);
  EXPECT_EQ(TouchReason("sudo", 13), "") << "elevation as well";
  EXPECT_TRUE(Gaps().empty());
  const size_t before = world_.Trail().size();
  MakeRoom();
  ASSERT_EQ(world_.Trail().size(), before + 3);
  const AuditEntry first = world_.Trail()[before].entry;
  EXPECT_EQ(first.action, "login");
  EXPECT_EQ(first.outcome, Outcome::kAllowed);
  EXPECT_EQ(first.user, "alice");
  EXPECT_EQ(first.service, "door");
  EXPECT_EQ(first.subject, key_.id);
  EXPECT_THAT(first.detail, HasSubstr("without_store"));
  EXPECT_EQ(world_.Trail()[before + 1].entry.service, "sudo");
  const AuditEntry gap = Gaps().at(0);
  EXPECT_THAT(gap.detail, HasSubstr("since=" + std::to_string(first.at)));
  EXPECT_THAT(gap.detail, HasSubstr("admitted=2"));
  EXPECT_THAT(gap.detail, HasSubstr("failures=1"));
  EXPECT_THAT(gap.detail, HasSubstr("unrecorded=1"));
  EXPECT_TRUE(world_.store().CheckChain({}, 1000)->done);
  EXPECT_FALSE(world_.store().CheckChain({}, 1000)->broken_at.has_value());
  EXPECT_EQ(world_.store().ListKeys("alice")->at(0).counter, 13u);
  // Told once.
  world_.Advance(10 * GapKeeper::kTryMs);
  EXPECT_EQ(Gaps().size(), 1u);
  // And logins are logins again.
  Dialogue later;
  Touch(later, "door", 14);
  ASSERT_NE(later.granted(), nullptr);
  EXPECT_EQ(later.granted()->outcome, GrantedOutcome::kLogin);
}

TEST_F(WithoutStore, I14_WhatIsAdmittedWhileTheGapIsWrittenIsNotLost) {
  EXPECT_EQ(TouchReason("door", 11), "");
  Dialogue second;
  world_.Begin(second, World::Root(), "alice", "door");
  world_.desk.current()->Assert(key_, testing::kUp, 12);
  world_.queue().hold = true;
  world_.Advance(GapKeeper::kTryMs);  // the gap's write stands behind the second proof's
  world_.queue().hold = false;
  ASSERT_TRUE(world_.queue().Deliver());  // which fails,
  SetFull(false);
  world_.Settle();                        // and is admitted while the first is written
  ASSERT_NE(second.granted(), nullptr);
  EXPECT_EQ(second.granted()->outcome, GrantedOutcome::kEvent);
  ASSERT_EQ(Gaps().size(), 1u);
  world_.Advance(GapKeeper::kTryMs);
  ASSERT_EQ(Gaps().size(), 2u);
  for (const AuditEntry& gap : Gaps()) EXPECT_THAT(gap.detail, HasSubstr("admitted=1"));
}

TEST_F(WithoutStore, I14_AnOrderlyEndTriesOnceMore) {
  EXPECT_EQ(TouchReason("door", 11), "");
  world_.gaps().Finish(world_.store());
  EXPECT_EQ(Gaps().size(), 1u);
  EXPECT_EQ(world_.store().ListKeys("alice")->at(0).counter, 11u);
}

TEST_F(WithoutStore, I8_WhatCanStillBeReadIsHeldAgainstTheProof) {
  const auto during = [&](auto change) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "door");
    change();
    world_.desk.current()->Assert(key_, testing::kUp, 11);
    world_.Settle();
    EXPECT_EQ(dialogue.granted(), nullptr);
    return dialogue.reason();
  };
  AuditEntry audit;
  audit.action = "test";
  EXPECT_EQ(during([&] { ASSERT_TRUE(world_.store().LockUser("alice", true, audit).ok()); }), "user_locked");
  EXPECT_EQ(TouchReason("door", 11), "user_locked");
  ASSERT_TRUE(world_.store().LockUser("alice", false, audit).ok());
  EXPECT_EQ(during([&] { world_.queue().read_error = MakeError(Code::kUnavailable, "store_not_readable", "gone"); }),
            "store_not_readable");
  world_.queue().read_error.reset();
  EXPECT_EQ(during([&] { ASSERT_TRUE(world_.store().RemoveKey("alice", testing::kAliceUid, "blue", audit).ok()); }),
            "factor_removed");
  EXPECT_TRUE(world_.journal.empty());
}

TEST_F(WithoutStore, I14_ACounterThatGoesBackWithinTheGapIsRefused) {
  EXPECT_EQ(TouchReason("door", 10), "counter_regressed") << "by the store";
  EXPECT_EQ(TouchReason("door", 12), "");
  EXPECT_EQ(TouchReason("door", 12), "counter_regressed") << "by what was admitted";
  EXPECT_EQ(TouchReason("door", 13), "");
}

TEST_F(WithoutStore, I19_FailuresThatCannotBeCountedGoOnCounting) {
  for (int i = 0; i < 5; ++i) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "sshd");
    world_.Answer(dialogue, "000000");
    world_.Advance(i == 4 ? 0 : 60'000);
  }
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  EXPECT_EQ(dialogue.reason(), "locked_out") << "though every ceremony that failed is over";
  MakeRoom();
  const auto failures = world_.store().LoadFactors("alice", testing::kAliceUid)->failures;
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].count, 5);
}

TEST_F(WithoutStore, WhoAsksForALoginIsRefused) {
  Rule own;
  own.name = "own";
  own.services = {"fobctl"};
  own.action = Rule::Action::kRequire;
  own.require = {{Factor::kKey}};
  world_.settings.rules.insert(world_.settings.rules.begin(), own);
  world_.Sit(testing::kAliceUid);
  Dialogue dialogue;
  world_.Begin(dialogue, World::Alice(), "alice", "fobctl");
  ASSERT_EQ(world_.desk.busy(), 1);
  world_.desk.current()->Assert(key_, testing::kUp, 11);
  world_.Settle();
  EXPECT_EQ(dialogue.reason(), "store_not_writable");
}

TEST_F(WithoutStore, OtherFailuresOfTheStoreAdmitNobody) {
  for (const char* reason : {"store_busy", "store_closed", "store_corrupt", "store_not_readable"}) {
    world_.queue().write_error = MakeError(Code::kUnavailable, reason, "something else");
    EXPECT_EQ(TouchReason("door", 11), reason);
  }
}

TEST_F(WithoutStore, TheTrailIsOwedOnlySoMuch) {
  ProofCommit proof;
  proof.key_use = ProofCommit::KeyUse{key_.id, 0, false, true};
  for (size_t i = 0; i < GapKeeper::kMost; ++i) ASSERT_TRUE(world_.gaps().Admit(proof).ok());
  EXPECT_EQ(TouchReason("door", 11), "store_not_writable");
  MakeRoom();
  EXPECT_EQ(TouchReason("door", 11), "");
}

}  // namespace
}  // namespace fob::core
