#include "store_fixture.h"

namespace fob::store {
namespace {

using Proofs = StoreTest;
using Logins = StoreTest;

TEST_F(Proofs, I18_ACodeWorksOnceAlsoAfterARestart) {
  ASSERT_TRUE(store_->CommitProof(CodeProof(101)).ok());
  EXPECT_EQ(store_->CommitProof(CodeProof(101)).error().reason, "replayed_code");
  EXPECT_EQ(store_->CommitProof(CodeProof(100)).error().reason, "replayed_code")
      << "an older one neither";
  Reopen();
  EXPECT_EQ(store_->CommitProof(CodeProof(101)).error().reason, "replayed_code");
  EXPECT_TRUE(store_->CommitProof(CodeProof(102)).ok());
  const auto otp = store_->LoadFactors("alice", 1000)->otps.at(0).last_step;
  EXPECT_EQ(otp, 102);
}

TEST_F(Proofs, TheStepOfTheEnrolmentIsUsedToo) {
  EXPECT_EQ(store_->CommitProof(CodeProof(100)).error().reason, "replayed_code");
}

TEST_F(Proofs, I8_ARemovedFactorProvesNothing) {
  ASSERT_TRUE(store_->RemoveOtp("alice", 1000, "otp_a", Audit("otp.remove")).ok());
  ASSERT_TRUE(store_->RemoveKey("alice", 1000, "key_a", Audit("key.remove")).ok());
  EXPECT_EQ(store_->CommitProof(CodeProof(101, "login_1")).error().reason, "factor_removed");
  EXPECT_EQ(store_->CommitProof(KeyProof(11, true, "login_2")).error().reason, "factor_removed");
  EXPECT_EQ(store_->FindLogin("login_1", kNow, kBoot).error().code, Code::kNotFound);
}

TEST_F(Proofs, AFactorOfAnotherUserProvesNothing) {
  ASSERT_TRUE(store_->AddOtp(For("bob", 1001), Otp("otp_b")).ok());
  core::ProofCommit proof = Proof();
  proof.otp_step = core::ProofCommit::OtpStep{"otp_b", 101};
  EXPECT_EQ(store_->CommitProof(proof).error().reason, "factor_removed");
}

TEST_F(Proofs, TheUidMustBeTheOneThatWasEnrolled) {
  core::ProofCommit proof = CodeProof(101);
  proof.uid = 1001;
  EXPECT_EQ(store_->CommitProof(proof).error().reason, "user_changed");
  proof = CodeProof(101);
  proof.user_id = 999;
  EXPECT_EQ(store_->CommitProof(proof).error().reason, "user_changed");
  EXPECT_TRUE(store_->CommitProof(CodeProof(101)).ok()) << "the step was not spent";
}

TEST_F(Proofs, CountersMustRise) {
  EXPECT_TRUE(store_->CommitProof(KeyProof(11)).ok());
  EXPECT_EQ(store_->CommitProof(KeyProof(11)).error().reason, "counter_regressed");
  EXPECT_EQ(store_->CommitProof(KeyProof(5)).error().reason, "counter_regressed");
  EXPECT_EQ(store_->CommitProof(KeyProof(0)).error().reason, "counter_regressed");
  EXPECT_TRUE(store_->CommitProof(KeyProof(4'000'000'000u)).ok());
  EXPECT_EQ(store_->ListKeys("alice")->at(0).counter, 4'000'000'000u);
}

TEST_F(Proofs, AToleratedRegressIsAuditedAndTheHighestCounterStays) {
  ASSERT_TRUE(store_->CommitProof(KeyProof(5, false)).ok());
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->at(0).entry.detail,
            "counter_regressed stored=10 signed=5");
  EXPECT_EQ(store_->ListKeys("alice")->at(0).counter, 10u);
  EXPECT_EQ(ChainFault(), "");
}

TEST_F(Proofs, BothZeroMeansNoCounter) {
  ASSERT_TRUE(store_->AddKey(For("alice", 1000), Key("key_z", 0)).ok());
  core::ProofCommit proof = Proof();
  proof.key_use = core::ProofCommit::KeyUse{"key_z", 0, true, true};
  EXPECT_TRUE(store_->CommitProof(proof).ok());
  EXPECT_TRUE(store_->CommitProof(proof).ok());
  EXPECT_TRUE(store_->ListKeys("alice")->at(1).backed_up);
  EXPECT_EQ(store_->ListKeys("alice")->at(1).last_used_at, kNow);
}

TEST_F(Proofs, AllOrNothing) {
  const int64_t before = AuditHead();
  core::ProofCommit proof = CodeProof(101, "login_1");
  proof.key_use = core::ProofCommit::KeyUse{"key_a", 1, false, true};
  EXPECT_EQ(store_->CommitProof(proof).error().reason, "counter_regressed");
  EXPECT_EQ(AuditHead(), before);
  EXPECT_EQ(store_->LoadFactors("alice", 1000)->otps.at(0).last_step, 100);
  EXPECT_EQ(store_->FindLogin("login_1", kNow, kBoot).error().code, Code::kNotFound);
}

TEST_F(Logins, ArePendingUntilConfirmedOnce) {
  ASSERT_TRUE(store_->CommitProof(CodeProof(101, "login_1")).ok());
  EXPECT_EQ(store_->FindLogin("login_1", kNow, kBoot).error().code, Code::kNotFound);
  EXPECT_TRUE(store_->ListLogins({std::nullopt, true, kNow, kBoot})->empty());
  const auto login = store_->ConfirmLogin(Confirmation("login_1"));
  ASSERT_TRUE(login.ok());
  EXPECT_EQ(login->state, core::LoginState::kLive);
  EXPECT_EQ(login->user, "alice");
  EXPECT_EQ(login->sub, "sub_alice");
  EXPECT_EQ(login->uid, 1000u);
  EXPECT_EQ(login->tty, "pts/1");
  EXPECT_EQ(login->kernel_session, "audit:7");
  EXPECT_EQ(login->confirmed_at, kNow + 1);
  EXPECT_EQ(login->factors, PendingLogin("x").factors);
  EXPECT_EQ(login->amr, PendingLogin("x").amr);
  EXPECT_TRUE(login->multi_factor);
  EXPECT_EQ(store_->ConfirmLogin(Confirmation("login_1")).error().reason, "handle");
}

TEST_F(Logins, I4_AreConfirmedForTheirUserServiceAndBootOnly) {
  ASSERT_TRUE(store_->CommitProof(CodeProof(101, "login_1")).ok());
  auto wrong = Confirmation("login_1");
  wrong.user = "bob";
  EXPECT_EQ(store_->ConfirmLogin(wrong).error().reason, "handle");
  wrong = Confirmation("login_1");
  wrong.service = "login";
  EXPECT_EQ(store_->ConfirmLogin(wrong).error().reason, "handle");
  wrong = Confirmation("login_1");
  wrong.boot_id = "boot-2";
  EXPECT_EQ(store_->ConfirmLogin(wrong).error().reason, "handle");
  wrong = Confirmation("login_1");
  wrong.handle_hash = folder_.Hash("guess");
  EXPECT_EQ(store_->ConfirmLogin(wrong).error().reason, "handle");
  EXPECT_TRUE(store_->ConfirmLogin(Confirmation("login_1")).ok());
}

TEST_F(Logins, AHandleDiesInTime) {
  ASSERT_TRUE(store_->CommitProof(CodeProof(101, "login_1")).ok());
  auto late = Confirmation("login_1");
  late.now = kNow + 120;
  EXPECT_EQ(store_->ConfirmLogin(late).error().reason, "handle");
  late.now = kNow + 119;
  EXPECT_TRUE(store_->ConfirmLogin(late).ok());
}

// Nobody hears of them: they are counted in the file.
TEST_F(Logins, ThatWereNeverConfirmedAreNotKept) {
  const auto pending = [&] {
    store_.reset();
    const int64_t count = NumberIn(folder_.file(), "SELECT count(*) FROM pending_logins");
    Reopen();
    return count;
  };
  for (const int64_t step : {101, 102, 103}) ASSERT_TRUE(store_->CommitProof(CodeProof(step, "login_" + std::to_string(step))).ok());
  EXPECT_EQ(pending(), 3);
  ASSERT_TRUE(store_->ConfirmLogin(Confirmation("login_102")).ok());
  EXPECT_EQ(pending(), 2);
  auto later = CodeProof(104, "login_104");
  later.audit.at = kNow + 121;
  later.confirm_before = kNow + 241;
  ASSERT_TRUE(store_->CommitProof(later).ok());
  EXPECT_EQ(pending(), 1);
  EXPECT_EQ(store_->ListLogins({std::nullopt, false, kNow + 121, kBoot})->size(), 1u) << "the confirmed one stays";
}

TEST_F(Logins, I8_AFactorRemovedBeforeConfirmingConfirmsNothing) {
  ASSERT_TRUE(store_->CommitProof(CodeProof(101, "login_1")).ok());
  ASSERT_TRUE(store_->RemoveOtp("alice", 1000, "otp_a", Audit("otp.remove")).ok());
  EXPECT_EQ(store_->ConfirmLogin(Confirmation("login_1")).error().reason, "handle");
}

TEST_F(Logins, DieByEndExpiryRebootAndRebinding) {
  LogIn("login_1", 101);
  const auto state = [&](int64_t now = kNow, const char* boot = kBoot) {
    return store_->FindLogin("login_1", now, boot)->state;
  };
  const auto listed = [&](int64_t now = kNow, const char* boot = kBoot) {
    return store_->ListLogins({1000, true, now, boot})->size() +
           store_->ListLogins({std::nullopt, true, now, boot})->size();
  };
  EXPECT_EQ(state(), core::LoginState::kLive);
  EXPECT_EQ(listed(), 2u);
  EXPECT_EQ(state(kNow + 3599), core::LoginState::kLive);
  EXPECT_EQ(state(kNow + 3600), core::LoginState::kExpired);
  EXPECT_EQ(listed(kNow + 3600), 0u);
  EXPECT_EQ(state(kNow, "boot-2"), core::LoginState::kExpired);
  EXPECT_EQ(listed(kNow, "boot-2"), 0u);

  ASSERT_TRUE(store_->RebindUser("alice", 1000, Audit("user.rebind")).ok());
  EXPECT_EQ(state(), core::LoginState::kLive) << "nothing was bound anew";
  ASSERT_TRUE(store_->RebindUser("alice", 2000, Audit("user.rebind")).ok());
  EXPECT_EQ(state(), core::LoginState::kEnded);
  EXPECT_EQ(listed(), 0u);
  ASSERT_TRUE(store_->RebindUser("alice", 1000, Audit("user.rebind")).ok());
  EXPECT_EQ(state(), core::LoginState::kEnded) << "for good";
}

TEST_F(Logins, DieByRemovalOfTheirFactor) {
  LogIn("login_1", 101);
  const auto state = [&] { return store_->FindLogin("login_1", kNow, kBoot)->state; };
  const auto listed = [&] {
    return store_->ListLogins({1000, true, kNow, kBoot})->size() + store_->ListLogins({std::nullopt, true, kNow, kBoot})->size();
  };
  EXPECT_EQ(state(), core::LoginState::kLive);
  ASSERT_TRUE(store_->RemoveOtp("alice", 1000, "otp_a", Audit("otp.remove")).ok());
  EXPECT_EQ(state(), core::LoginState::kEnded);
  EXPECT_EQ(listed(), 0u);
}

TEST_F(Logins, End) {
  LogIn("login_1", 101);
  const auto ended = store_->EndLogin("login_1", kNow + 5, kBoot, Audit("login.end"));
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->state, core::LoginState::kEnded);
  EXPECT_EQ(ended->ended_at, kNow + 5);
  EXPECT_EQ(store_->EndLogin("login_1", kNow + 9, kBoot, Audit("login.end"))->ended_at, kNow + 5)
      << "ends once";
  EXPECT_EQ(store_->EndLogin("login_x", kNow, kBoot, Audit("login.end")).error().code,
            Code::kNotFound);
}

TEST_F(Logins, TheNewestOfASession) {
  LogIn("login_1", 101);
  LogIn("login_2", 102);
  ASSERT_TRUE(store_->CommitProof(CodeProof(103, "login_3")).ok());
  EXPECT_EQ(store_->NewestLogin(1000, "audit:7", kNow, kBoot)->id, "login_2")
      << "login_3 is pending";
  EXPECT_EQ(store_->NewestLogin(1000, "audit:8", kNow, kBoot).error().code, Code::kNotFound);
  EXPECT_EQ(store_->NewestLogin(1000, "", kNow, kBoot).error().code, Code::kNotFound);
  EXPECT_EQ(store_->NewestLogin(1001, "audit:7", kNow, kBoot).error().code, Code::kNotFound);
  ASSERT_TRUE(store_->EndLogin("login_2", kNow, kBoot, Audit("login.end")).ok());
  EXPECT_EQ(store_->NewestLogin(1000, "audit:7", kNow, kBoot)->id, "login_1");
}

TEST_F(Logins, ListsNewestFirstAndTheDeadOnRequest) {
  LogIn("login_1", 101);
  LogIn("login_2", 102);
  ASSERT_TRUE(store_->EndLogin("login_1", kNow, kBoot, Audit("login.end")).ok());
  EXPECT_EQ(store_->ListLogins({1000, true, kNow, kBoot})->size(), 1u);
  const auto all = store_->ListLogins({1000, false, kNow, kBoot});
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->at(0).id, "login_2");
  EXPECT_EQ(store_->ListLogins({std::nullopt, false, kNow, kBoot})->size(), 2u);
  EXPECT_TRUE(store_->ListLogins({1001, false, kNow, kBoot})->empty());
  EXPECT_EQ(store_->Counts(kNow, kBoot)->live_logins, 1);
}

}  // namespace
}  // namespace fob::store
