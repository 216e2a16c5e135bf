#include <fmt/format.h>

#include <algorithm>

#include "daemon/store/columns.h"
#include "daemon/store/sqlite_store.h"

// A verified factor becomes durable: used code, counter, pending login and audit entry, all or
// none.
namespace fob::store {
namespace {

Error FactorRemoved() { return Denied("factor_removed", "the factor was removed meanwhile"); }

}  // namespace

Status SqliteStore::CheckProver(const core::ProofCommit& proof) {
  FOB_TRY(auto user, database_->First("SELECT locked_at FROM users WHERE id = ?1 AND uid = ?2",
                                      proof.user_id, proof.uid));
  if (!user.has_value())
    return Denied("user_changed", "the user is not the one that was enrolled");
  std::optional<int64_t> locked_at;
  user->Read(locked_at);
  if (locked_at.has_value()) return Denied("user_locked", "an administrator has locked this user");
  return Ok();
}

Status SqliteStore::CommitProof(const core::ProofCommit& proof) {
  return Atomically([&]() -> Status {
    FOB_CHECK(CheckProver(proof));
    core::AuditEntry audit = proof.audit;
    if (proof.otp_step.has_value()) {
      FOB_CHECK(CommitOtpStep(proof));
    }
    if (proof.key_use.has_value()) {
      FOB_TRY(const std::string remark, CommitKeyUse(proof));
      if (!remark.empty()) audit.detail += (audit.detail.empty() ? "" : " ") + remark;
    }
    FOB_CHECK(UseRecoveryCode(proof));
    FOB_CHECK(Forgive(proof));
    if (proof.login.has_value()) {
      FOB_CHECK(InsertLogin(proof));
    }
    return Append(audit);
  });
}

Status SqliteStore::CommitOtpStep(const core::ProofCommit& proof) {
  const auto& use = *proof.otp_step;
  // The one place where a code becomes used: of all who come with it, one changes the row.
  FOB_TRY(const int64_t advanced,
          database_->Run("UPDATE otps SET last_step = ?3, last_used_at = ?4, out_of_step = 0"
                         " WHERE id = ?1 AND user_id = ?2 AND last_step < ?3",
                         use.otp, proof.user_id, use.step, proof.audit.at));
  if (advanced == 1) return Ok();
  FOB_TRY(const auto there, database_->First("SELECT 1 FROM otps WHERE id = ?1 AND user_id = ?2",
                                             use.otp, proof.user_id));
  if (!there.has_value()) return FactorRemoved();
  return Denied("replayed_code", "this code, or a later one, was used already");
}

Result<SqliteStore::CheckedKey> SqliteStore::CheckKeyUse(const core::ProofCommit& proof) {
  const auto& use = *proof.key_use;
  CheckedKey checked;
  {
    FOB_TRY(auto row, database_->First("SELECT counter FROM keys WHERE id = ?1 AND user_id = ?2",
                                       use.key, proof.user_id));
    if (!row.has_value()) return FactorRemoved();
    row->Read(checked.counter);
  }
  // WebAuthn clause 6.1.1: a counter that does not rise may mean a cloned key; both zero means that
  // it has none.
  const uint32_t stored = checked.counter;
  const bool regressed = use.counter <= stored && (use.counter != 0 || stored != 0);
  if (!regressed) return checked;
  if (use.deny_counter_regress) {
    return Denied("counter_regressed",
                  fmt::format("the key's counter went back from {} to {}: it may have been cloned",
                              stored, use.counter));
  }
  checked.remark = fmt::format("counter_regressed stored={} signed={}", stored, use.counter);
  return checked;
}

Result<std::string> SqliteStore::CommitKeyUse(const core::ProofCommit& proof) {
  FOB_TRY(CheckedKey checked, CheckKeyUse(proof));
  const auto& use = *proof.key_use;
  // The highest counter stays, so that the copy that lags behind is seen each time.
  FOB_CHECK(database_->Run(
      "UPDATE keys SET counter = ?2, backed_up = ?3, last_used_at = ?4 WHERE id = ?1", use.key,
      std::max(checked.counter, use.counter), use.backed_up, proof.audit.at));
  return std::move(checked.remark);
}

Result<std::string> SqliteStore::CheckProof(const core::ProofCommit& proof) {
  FOB_TRY(const Transaction snapshot, Transaction::Begin(*database_, Transaction::Kind::kRead));
  FOB_CHECK(CheckProver(proof));
  if (!proof.key_use.has_value() || proof.otp_step.has_value() || !proof.recovery_hash.empty()) {
    return MakeError(Code::kInternal, "store", "only a proof by key may go without the store");
  }
  FOB_TRY(CheckedKey checked, CheckKeyUse(proof));
  return std::move(checked.remark);
}

Status SqliteStore::RecordGap(const core::AuditGap& gap) {
  return Atomically([&]() -> Status {
    for (const core::ProofCommit& proof : gap.admitted) {
      const auto& use = *proof.key_use;
      // It may have been removed since.
      FOB_CHECK(database_->Run("UPDATE keys SET counter = max(counter, ?3), last_used_at = max(coalesce(last_used_at, 0), ?4)"
                               " WHERE id = ?1 AND user_id = ?2",
                               use.key, proof.user_id, use.counter, proof.audit.at));
      FOB_CHECK(Append(proof.audit));
    }
    for (const core::LateFailure& failure : gap.failures) {
      FOB_CHECK(RecordFailure(failure.user_id, failure.factor, failure.origin, failure.at));
    }
    return Append(gap.audit);
  });
}

}  // namespace fob::store
