// Failures, locks and recovery codes.

#include "tests/unit/store/store_fixture.h"

namespace fob::store {
namespace {

using core::Factor;
using core::Locality;

class StoreFailures : public StoreTest {
 protected:
  core::UserFactors Load() {
    auto factors = store_->LoadFactors("alice", 1000);
    EXPECT_TRUE(factors.ok()) << factors.error().text;
    return *std::move(factors);
  }
  core::RecoveryCode Recovery(std::string_view code) {
    return {Bytes(16, 5), folder_.Hash("salt" + std::string(code))};
  }
  core::ProofCommit RecoveryProof(std::string_view code) {
    core::ProofCommit proof = Proof();
    proof.recovery_hash = Recovery(code).hash;
    return proof;
  }
};

TEST_F(StoreFailures, CountByFactorAndOrigin) {
  EXPECT_EQ(*store_->RecordFailure(user_id_, Factor::kTotp, Locality::kRemote, kNow), 1);
  EXPECT_EQ(*store_->RecordFailure(user_id_, Factor::kTotp, Locality::kRemote, kNow + 5), 2);
  EXPECT_EQ(*store_->RecordFailure(user_id_, Factor::kTotp, Locality::kLocal, kNow), 1);
  EXPECT_EQ(*store_->RecordFailure(user_id_, Factor::kKey, Locality::kRemote, kNow), 1);
  Reopen();
  const auto failures = Load().failures;
  ASSERT_EQ(failures.size(), 3u);
  for (const auto& failure : failures) {
    const bool twice = failure.factor == Factor::kTotp && failure.origin == Locality::kRemote;
    EXPECT_EQ(failure.count, twice ? 2 : 1);
    EXPECT_EQ(failure.failed_at, twice ? kNow + 5 : kNow);
  }
}

TEST_F(StoreFailures, AClockThatGoesBackDoesNotMakeAFailureOlder) {
  ASSERT_TRUE(store_->RecordFailure(user_id_, Factor::kTotp, Locality::kLocal, kNow).ok());
  ASSERT_TRUE(store_->RecordFailure(user_id_, Factor::kTotp, Locality::kLocal, kNow - 3600).ok());
  EXPECT_EQ(Load().failures.at(0).failed_at, kNow);
}

TEST_F(StoreFailures, I19_AFailureStandsWhenTheProofIsRolledBack) {
  ASSERT_TRUE(store_->RecordFailure(user_id_, Factor::kTotp, Locality::kLocal, kNow).ok());
  core::ProofCommit proof = CodeProof(50);  // behind the last step: refused
  proof.forgiven = {{Factor::kTotp, Locality::kLocal}};
  EXPECT_EQ(store_->CommitProof(proof).error().reason, "replayed_code");
  EXPECT_EQ(Load().failures.size(), 1u);
}

TEST_F(StoreFailures, AProofForgives) {
  for (const Locality origin : {Locality::kLocal, Locality::kRemote}) {
    ASSERT_TRUE(store_->RecordFailure(user_id_, Factor::kTotp, origin, kNow).ok());
    ASSERT_TRUE(store_->RecordFailure(user_id_, Factor::kKey, origin, kNow).ok());
  }
  core::ProofCommit proof = CodeProof(200);
  proof.forgiven = {{Factor::kTotp, Locality::kLocal}};
  ASSERT_TRUE(store_->CommitProof(proof).ok());
  EXPECT_EQ(Load().failures.size(), 3u);
  proof = KeyProof(11);
  proof.forgiven = {{Factor::kTotp, Locality::kRemote}, {Factor::kKey, Locality::kLocal}};
  ASSERT_TRUE(store_->CommitProof(proof).ok());
  const auto left = Load().failures;
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].factor, Factor::kKey);
  EXPECT_EQ(left[0].origin, Locality::kRemote);
}

TEST_F(StoreFailures, I8_ALockedUserIsRefusedInTheFinalTransaction) {
  LogIn("login_1", 200);
  const auto locked = store_->LockUser("alice", true, Audit("user.lock"));
  ASSERT_TRUE(locked.ok());
  EXPECT_EQ(locked->locked_at, kNow);
  EXPECT_EQ(store_->CommitProof(CodeProof(300)).error().reason, "user_locked");
  EXPECT_NE(store_->FindLogin("login_1", kNow + 1, kBoot)->state, core::LoginState::kLive);
  EXPECT_TRUE(Load().user.locked_at.has_value());
}

TEST_F(StoreFailures, UnlockingForgives) {
  ASSERT_TRUE(store_->RecordFailure(user_id_, Factor::kTotp, Locality::kRemote, kNow).ok());
  ASSERT_TRUE(store_->LockUser("alice", true, Audit("user.lock")).ok());
  const auto unlocked = store_->LockUser("alice", false, Audit("user.unlock"));
  ASSERT_TRUE(unlocked.ok());
  EXPECT_FALSE(unlocked->locked_at.has_value());
  EXPECT_TRUE(Load().failures.empty());
  EXPECT_TRUE(store_->CommitProof(CodeProof(300)).ok());
  EXPECT_EQ(store_->LockUser("bob", true, Audit("user.lock")).error().code, Code::kNotFound);
}

TEST_F(StoreFailures, ARecoveryCodeWorksOnce) {
  ASSERT_TRUE(store_->SetRecoveryCodes(For("alice", 1000), {Recovery("one"), Recovery("two")}).ok());
  EXPECT_EQ(Load().recovery_codes.size(), 2u);
  ASSERT_TRUE(store_->CommitProof(RecoveryProof("one")).ok());
  EXPECT_EQ(store_->CommitProof(RecoveryProof("one")).error().reason, "replayed_code");
  EXPECT_EQ(Load().recovery_codes.size(), 1u);
}

TEST_F(StoreFailures, NewRecoveryCodesReplaceTheOld) {
  ASSERT_TRUE(store_->SetRecoveryCodes(For("alice", 1000), {Recovery("one")}).ok());
  ASSERT_TRUE(store_->SetRecoveryCodes(For("alice", 1000), {Recovery("two")}).ok());
  EXPECT_EQ(store_->CommitProof(RecoveryProof("one")).error().reason, "replayed_code");
  EXPECT_TRUE(store_->CommitProof(RecoveryProof("two")).ok());
  EXPECT_EQ(store_->SetRecoveryCodes(For("bob", 1001), {}).error().code, Code::kNotFound);
}

TEST_F(StoreFailures, ACounterIsKeptAsOne) {
  core::OtpRecord otp = Otp("otp_h");
  otp.kind = core::OtpKind::kHotp;
  otp.last_step = 41;
  ASSERT_TRUE(store_->AddOtp(For("alice", 1000), otp).ok());
  Reopen();
  const auto factors = Load();
  ASSERT_EQ(factors.otps.size(), 2u);
  EXPECT_EQ(factors.otps[1].kind, core::OtpKind::kHotp);
  EXPECT_EQ(factors.otps[1].last_step, 41);
  EXPECT_FALSE(factors.otps[1].out_of_step);
}

}  // namespace
}  // namespace fob::store
