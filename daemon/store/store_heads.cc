#include "daemon/store/sqlite_store.h"

// The heads of the audit trail that were signed.
namespace fob::store {

Result<core::KeptHeads> SqliteStore::FindHeads() {
  FOB_TRY(Statement query, database_->Prepare("SELECT name, seq, hash, signature FROM audit_heads"));
  core::KeptHeads heads;
  for (;;) {
    FOB_TRY(const bool row, query.Step());
    if (!row) return heads;
    std::string name;
    core::SignedHead head;
    query.Read(name, head.seq, head.hash, head.signature);
    (name == "last" ? heads.last : heads.missed) = std::move(head);
  }
}

Status SqliteStore::SetHead(const core::SignedHead& head) {
  return Atomically([&]() -> Status {
    FOB_CHECK(database_->Run("INSERT OR REPLACE INTO audit_heads (name, seq, hash, signature) VALUES ('last', ?1, ?2, ?3)",
                             head.seq, head.hash, head.signature));
    return Ok();
  });
}

Status SqliteStore::MissHead(const core::SignedHead& head, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_CHECK(database_->Run("INSERT OR IGNORE INTO audit_heads (name, seq, hash, signature) VALUES ('missed', ?1, ?2, ?3)",
                             head.seq, head.hash, head.signature));
    FOB_CHECK(database_->Run("DELETE FROM audit_heads WHERE name = 'last'"));
    return Append(audit);
  });
}

}  // namespace fob::store
