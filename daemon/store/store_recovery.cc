#include "daemon/store/sqlite_store.h"

// Recovery codes: hashes only, and gone once used.
namespace fob::store {

Result<std::vector<core::RecoveryCode>> SqliteStore::RecoveryCodesOf(int64_t user_id) {
  FOB_TRY(Statement query,
          database_->Prepare("SELECT salt, hash FROM recovery_codes WHERE user_id = ?1"));
  query.Bind(user_id);
  std::vector<core::RecoveryCode> codes;
  while (true) {
    FOB_TRY(const bool more, query.Step());
    if (!more) return codes;
    core::RecoveryCode& code = codes.emplace_back();
    query.Read(code.salt, code.hash);
  }
}

Status SqliteStore::SetRecoveryCodes(const NewFactor& factor,
                                     const std::vector<core::RecoveryCode>& codes) {
  return Atomically([&]() -> Status {
    FOB_CHECK(ConsumePermission(factor));
    FOB_TRY(const core::UserRecord user,
            FindSameAccount(factor.account.name, factor.account.uid));
    FOB_CHECK(database_->Run("DELETE FROM recovery_codes WHERE user_id = ?1", user.id));
    for (const core::RecoveryCode& code : codes) {
      FOB_CHECK(database_->Run("INSERT INTO recovery_codes (user_id, hash, salt) VALUES (?1, ?2, ?3)",
                               user.id, code.hash, code.salt));
    }
    return Append(factor.audit);
  });
}

Status SqliteStore::UseRecoveryCode(const core::ProofCommit& proof) {
  if (proof.recovery_hash.empty()) return Ok();
  FOB_TRY(const int64_t used, database_->Run("DELETE FROM recovery_codes WHERE user_id = ?1 AND hash = ?2",
                                             proof.user_id, proof.recovery_hash));
  if (used == 1) return Ok();
  return MakeError(Code::kDenied, "replayed_code", "this recovery code was used already, or replaced");
}

}  // namespace fob::store
