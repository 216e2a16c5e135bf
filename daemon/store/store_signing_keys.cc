#include "daemon/store/columns.h"
#include "daemon/store/sqlite_store.h"

// The keys that sign access tokens.
namespace fob::store {
namespace {

std::string RowOf(const std::string& kid) { return "signing_key/" + kid + "/private_key"; }

}  // namespace

Result<std::vector<core::SigningKeyRecord>> SqliteStore::SigningKeys() {
  FOB_TRY(Statement query,
          database_->Prepare(
              "SELECT kid, algorithm, private_key, created_at, signs_from FROM signing_keys ORDER BY seq"));
  std::vector<core::SigningKeyRecord> keys;
  while (true) {
    FOB_TRY(const bool row, query.Step());
    if (!row) return keys;
    core::SigningKeyRecord key;
    std::string algorithm;
    Bytes sealed;
    query.Read(key.kid, algorithm, sealed, key.created_at, key.signs_from);
    FOB_CHECK(FromName(algorithm, key.algorithm));
    FOB_TRY(key.private_key, sealer_.Open(RowOf(key.kid), sealed));
    keys.push_back(std::move(key));
  }
}

Status SqliteStore::AddSigningKey(const core::SigningKeyRecord& key, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_TRY(const Bytes sealed, sealer_.Seal(RowOf(key.kid), key.private_key));
    FOB_CHECK(
        database_->Run("INSERT INTO signing_keys (kid, algorithm, private_key, created_at, signs_from)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)",
                       key.kid, NameOf(key.algorithm), sealed, key.created_at, key.signs_from));
    if (audit.subject.empty()) audit.subject = key.kid;
    return Append(audit);
  });
}

Status SqliteStore::RemoveSigningKey(const std::string& kid, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_TRY(const int64_t removed, database_->Run("DELETE FROM signing_keys WHERE kid = ?1", kid));
    if (removed == 0) return MakeError(Code::kNotFound, "no_signing_key", "there is no signing key " + kid);
    if (audit.subject.empty()) audit.subject = kid;
    return Append(audit);
  });
}

}  // namespace fob::store
