#include <algorithm>

#include "daemon/store/columns.h"
#include "daemon/store/list_page.h"
#include "daemon/store/sqlite_store.h"

// FIDO keys.
namespace fob::store {
namespace {

constexpr size_t kMostKeysListed = 40;

#define FOB_SELECT_KEY                                                                           \
  "SELECT k.id, u.name, k.name, k.rp_id, k.credential_id, k.public_key, k.algorithm, k.aaguid, " \
  "k.attestation,"                                                                               \
  " k.discoverable, k.user_verification, k.backup_eligible, k.backed_up, k.counter, "            \
  "k.transports, k.created_at,"                                                                  \
  " k.last_used_at FROM keys k JOIN users u ON u.id = k.user_id "

Result<core::KeyRecord> ReadKey(Statement& row) {
  core::KeyRecord key;
  std::string algorithm;
  std::string attestation;
  std::string transports;
  row.Read(key.id, key.user, key.name, key.rp_id, key.credential_id, key.public_key, algorithm,
           key.aaguid, attestation, key.discoverable, key.user_verification, key.backup_eligible,
           key.backed_up, key.counter, transports, key.created_at, key.last_used_at);
  key.transports = FromLines(transports);
  FOB_CHECK(FromName(algorithm, key.algorithm));
  FOB_CHECK(FromName(attestation, key.attestation));
  return key;
}

Error NameTaken(const std::string& name) {
  return MakeError(Code::kConflict, "name_taken", "there is another key of the name " + name);
}

}  // namespace

Result<core::Page<core::KeyRecord>> SqliteStore::ListKeys(const std::string& user,
                                                          const std::string& before) {
  FOB_TRY(const int64_t place, PlaceOf("SELECT seq FROM keys WHERE id = ?1", before));
  FOB_TRY(Statement query,
          database_->Prepare(
              user.empty() ? FOB_SELECT_KEY "WHERE k.seq < ?1 ORDER BY k.seq DESC LIMIT ?2"
                           : FOB_SELECT_KEY
                      "WHERE k.seq < ?1 AND u.name = ?3 ORDER BY k.seq DESC LIMIT ?2"));
  query.Bind(place, int64_t{kMostKeysListed + 1});
  if (!user.empty()) query.Bind(user);
  FOB_TRY(auto keys, ReadPage<core::KeyRecord>(query, kMostKeysListed, ReadKey));
  std::ranges::reverse(keys);
  return keys;
}

Result<std::vector<core::KeyRecord>> SqliteStore::KeysOf(const std::string& user) {
  FOB_TRY(Statement query, database_->Prepare(FOB_SELECT_KEY "WHERE u.name = ?1 ORDER BY k.seq"));
  query.Bind(user);
  std::vector<core::KeyRecord> keys;
  while (true) {
    FOB_TRY(const bool row, query.Step());
    if (!row) return keys;
    FOB_TRY(core::KeyRecord key, ReadKey(query));
    keys.push_back(std::move(key));
  }
}

Result<core::KeyRecord> SqliteStore::FindKey(const std::string& user, const std::string& key) {
  FOB_TRY(auto row,
          database_->First(FOB_SELECT_KEY "WHERE u.name = ?1 AND (k.id = ?2 OR k.name = ?2)"
                                          " ORDER BY k.id = ?2 DESC LIMIT 1",
                           user, key));
  if (!row.has_value())
    return MakeError(Code::kNotFound, "no_key", "user " + user + " has no key " + key);
  return ReadKey(*row);
}

Result<core::KeyRecord> SqliteStore::FindCredential(const Bytes& credential_id) {
  FOB_TRY(auto row, database_->First(FOB_SELECT_KEY "WHERE k.credential_id = ?1", credential_id));
  if (!row.has_value()) return MakeError(Code::kNotFound, "no_key", "no such key is enrolled");
  return ReadKey(*row);
}

Result<core::KeyRecord> SqliteStore::AddKey(const NewFactor& factor, const core::KeyRecord& key) {
  return Atomically([&]() -> Result<core::KeyRecord> {
    FOB_CHECK(ConsumePermission(factor));
    FOB_TRY(const core::UserRecord user, EnsureUser(factor));
    FOB_TRY(const std::string transports, ToLines(key.transports));
    FOB_TRY(const auto same,
            database_->First("SELECT 1 FROM keys WHERE credential_id = ?1", key.credential_id));
    if (same.has_value())
      return MakeError(Code::kConflict, "credential_taken", "this key is enrolled already");
    const auto added = database_->Run(
        "INSERT INTO keys (id, user_id, name, rp_id, credential_id, public_key, algorithm, aaguid, "
        "attestation, discoverable,"
        " user_verification, backup_eligible, backed_up, counter, transports, created_at, "
        "last_used_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        key.id, user.id, key.name, key.rp_id, key.credential_id, key.public_key,
        NameOf(key.algorithm), key.aaguid, NameOf(key.attestation), key.discoverable,
        key.user_verification, key.backup_eligible, key.backed_up, key.counter, transports,
        key.created_at, key.last_used_at);
    if (!added.ok())
      return added.error().reason == "constraint" ? NameTaken(key.name) : added.error();
    core::AuditEntry audit = factor.audit;
    if (audit.subject.empty()) audit.subject = key.id;
    FOB_CHECK(Append(audit));
    return FindKey(user.name, key.id);
  });
}

Result<core::KeyRecord> SqliteStore::RenameKey(const std::string& user, uint32_t uid,
                                               const std::string& key, const std::string& name,
                                               core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::KeyRecord> {
    FOB_CHECK(FindSameAccount(user, uid));
    FOB_TRY(const core::KeyRecord found, FindKey(user, key));
    const auto renamed = database_->Run("UPDATE keys SET name = ?2 WHERE id = ?1", found.id, name);
    if (!renamed.ok())
      return renamed.error().reason == "constraint" ? NameTaken(name) : renamed.error();
    if (audit.subject.empty()) audit.subject = found.id;
    FOB_CHECK(Append(audit));
    return FindKey(user, found.id);
  });
}

Result<core::KeyRecord> SqliteStore::RemoveKey(const std::string& user, uint32_t uid,
                                               const std::string& key, core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::KeyRecord> {
    FOB_CHECK(FindSameAccount(user, uid));
    FOB_TRY(core::KeyRecord found, FindKey(user, key));
    FOB_CHECK(database_->Run("DELETE FROM keys WHERE id = ?1", found.id));
    if (audit.subject.empty()) audit.subject = found.id;
    FOB_CHECK(Append(audit));
    return found;
  });
}

}  // namespace fob::store
