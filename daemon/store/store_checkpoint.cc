#include "daemon/store/columns.h"
#include "daemon/store/sqlite_store.h"

// What stands for pruned entries of the trail, and the key that signs it.
namespace fob::store {
namespace {

std::string RowOf(const std::string& kid) { return "audit_key/" + kid + "/private_key"; }

}  // namespace

Result<std::optional<core::AuditCheckpoint>> SqliteStore::FindCheckpoint() {
  FOB_TRY(auto row, database_->First("SELECT seq, hash, at, signature FROM audit_checkpoint"));
  if (!row.has_value()) return std::optional<core::AuditCheckpoint>();
  core::AuditCheckpoint checkpoint;
  row->Read(checkpoint.seq, checkpoint.hash, checkpoint.at, checkpoint.signature);
  return std::optional(std::move(checkpoint));
}

Status SqliteStore::PruneAudit(const core::AuditCheckpoint& checkpoint) {
  return Atomically([&]() -> Status {
    FOB_TRY(const auto row, database_->First("SELECT 1 FROM audit WHERE seq = ?1 AND hash = ?2",
                                             checkpoint.seq, checkpoint.hash));
    if (!row.has_value()) {
      return MakeError(Code::kConflict, "chain_changed",
                       "the audit trail changed while it was pruned: run fobctl audit verify");
    }
    FOB_CHECK(database_->Run(
        "INSERT OR REPLACE INTO audit_checkpoint (only_one, seq, hash, at, signature) "
        "VALUES (1, ?1, ?2, ?3, ?4)",
        checkpoint.seq, checkpoint.hash, checkpoint.at, checkpoint.signature));
    FOB_CHECK(database_->Run("DELETE FROM audit WHERE seq <= ?1", checkpoint.seq));
    return Ok();
  });
}

Result<std::optional<core::SigningKeyRecord>> SqliteStore::AuditKey() {
  FOB_TRY(auto row, database_->First("SELECT kid, algorithm, private_key, created_at FROM "
                                     "audit_keys ORDER BY seq DESC LIMIT 1"));
  if (!row.has_value()) return std::optional<core::SigningKeyRecord>();
  core::SigningKeyRecord key;
  std::string algorithm;
  Bytes sealed;
  row->Read(key.kid, algorithm, sealed, key.created_at);
  FOB_CHECK(FromName(algorithm, key.algorithm));
  FOB_TRY(key.private_key, sealer_.Open(RowOf(key.kid), sealed));
  return std::optional(std::move(key));
}

Status SqliteStore::AddAuditKey(const core::SigningKeyRecord& key, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_TRY(const Bytes sealed, sealer_.Seal(RowOf(key.kid), key.private_key));
    FOB_CHECK(
        database_->Run("INSERT INTO audit_keys (kid, algorithm, private_key, created_at) VALUES "
                       "(?1, ?2, ?3, ?4)",
                       key.kid, NameOf(key.algorithm), sealed, key.created_at));
    if (audit.subject.empty()) audit.subject = key.kid;
    return Append(audit);
  });
}

}  // namespace fob::store
