#include <algorithm>

#include "daemon/store/columns.h"
#include "daemon/store/list_page.h"
#include "daemon/store/sqlite_store.h"

// Registered web apps.
namespace fob::store {
namespace {

constexpr size_t kMostListed = 60;

#define FOB_SELECT_CLIENT                                                                       \
  "SELECT id, name, secret_hash, audiences, scopes, serves, told_groups, fresh, token_kind,"    \
  " algorithm, token_lifetime, refresh_lifetime, outlives_login, direct, machine, created_at, " \
  "secret_rotated_at FROM clients "

Result<core::ClientRecord> ReadClient(Statement& row) {
  core::ClientRecord client;
  std::string audiences, scopes, serves, groups, fresh, token_kind, algorithm;
  row.Read(client.id, client.name, client.secret_hash, audiences, scopes, serves, groups, fresh,
           token_kind, algorithm, client.token_lifetime, client.refresh_lifetime,
           client.outlives_login, client.direct, client.machine, client.created_at,
           client.secret_rotated_at);
  client.audiences = FromLines(audiences);
  client.scopes = FromLines(scopes);
  client.serves = FromLines(serves);
  client.groups = FromLines(groups);
  client.fresh = FromLines(fresh);
  FOB_CHECK(FromName(token_kind, client.token_kind));
  FOB_CHECK(FromName(algorithm, client.algorithm));
  return client;
}

Error NoClient(const std::string& client) {
  return MakeError(Code::kNotFound, "no_client", "there is no client " + client);
}

// The lists of a client as they stand in their columns.
struct Lists {
  std::string audiences, scopes, serves, groups, fresh;
};
Result<Lists> ListsOf(const core::ClientRecord& client) {
  Lists lists;
  FOB_TRY(lists.audiences, ToLines(client.audiences));
  FOB_TRY(lists.scopes, ToLines(client.scopes));
  FOB_TRY(lists.serves, ToLines(client.serves));
  FOB_TRY(lists.groups, ToLines(client.groups));
  FOB_TRY(lists.fresh, ToLines(client.fresh));
  return lists;
}

}  // namespace

Status SqliteStore::AddClient(const core::ClientRecord& client, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_TRY(const Lists lists, ListsOf(client));
    const auto added = database_->Run(
        "INSERT INTO clients (id, name, secret_hash, audiences, scopes, serves, told_groups, fresh,"
        " token_kind, algorithm, token_lifetime, refresh_lifetime, outlives_login, direct, machine,"
        " created_at, secret_rotated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        client.id, client.name, client.secret_hash, lists.audiences, lists.scopes, lists.serves,
        lists.groups, lists.fresh, NameOf(client.token_kind), NameOf(client.algorithm),
        client.token_lifetime, client.refresh_lifetime, client.outlives_login, client.direct,
        client.machine, client.created_at, client.secret_rotated_at);
    if (!added.ok()) {
      if (added.error().reason != "constraint") return added.error();
      return MakeError(Code::kConflict, "name_taken",
                       "there is another client of the name " + client.name);
    }
    if (audit.subject.empty()) audit.subject = client.id;
    return Append(audit);
  });
}

Result<core::ClientRecord> SqliteStore::FindClient(const std::string& client) {
  FOB_TRY(auto row, database_->First(FOB_SELECT_CLIENT
                                     "WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC LIMIT 1",
                                     client));
  if (!row.has_value()) return NoClient(client);
  return ReadClient(*row);
}

Result<core::Page<core::ClientRecord>> SqliteStore::ListClients(const std::string& before) {
  FOB_TRY(const int64_t place, PlaceOf("SELECT created_at FROM clients WHERE id = ?1", before));
  FOB_TRY(Statement query, database_->Prepare(FOB_SELECT_CLIENT
                                              "WHERE (created_at, id) < (?1, ?2)"
                                              " ORDER BY created_at DESC, id DESC LIMIT ?3"));
  query.Bind(place, before, int64_t{kMostListed + 1});
  return ReadPage<core::ClientRecord>(query, kMostListed, ReadClient);
}

Result<core::ClientRecord> SqliteStore::UpdateClient(const core::ClientRecord& client,
                                                     core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::ClientRecord> {
    FOB_TRY(const Lists lists, ListsOf(client));
    FOB_TRY(const int64_t updated,
            database_->Run(
                "UPDATE clients SET audiences = ?2, scopes = ?3, serves = ?4, told_groups = ?5,"
                " fresh = ?6, token_kind = ?7, algorithm = ?8, token_lifetime = ?9,"
                " refresh_lifetime = ?10, outlives_login = ?11, direct = ?12, machine = ?13"
                " WHERE id = ?1",
                client.id, lists.audiences, lists.scopes, lists.serves, lists.groups, lists.fresh,
                NameOf(client.token_kind), NameOf(client.algorithm), client.token_lifetime,
                client.refresh_lifetime, client.outlives_login, client.direct, client.machine));
    if (updated == 0) return NoClient(client.id);
    if (audit.subject.empty()) audit.subject = client.id;
    FOB_CHECK(Append(audit));
    return FindClient(client.id);
  });
}

Result<core::ClientRecord> SqliteStore::RemoveClient(const std::string& client,
                                                     core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::ClientRecord> {
    FOB_TRY(core::ClientRecord found, FindClient(client));
    FOB_CHECK(
        database_->Run("DELETE FROM clients WHERE id = ?1", found.id));  // and its tickets with it
    if (audit.subject.empty()) audit.subject = found.id;
    FOB_CHECK(Append(audit));
    return found;
  });
}

Result<core::ClientRecord> SqliteStore::RotateClientSecret(const std::string& client,
                                                           const Bytes& secret_hash, int64_t now,
                                                           core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::ClientRecord> {
    FOB_TRY(const core::ClientRecord found, FindClient(client));
    FOB_CHECK(
        database_->Run("UPDATE clients SET secret_hash = ?2, secret_rotated_at = ?3 WHERE id = ?1",
                       found.id, secret_hash, now));
    if (audit.subject.empty()) audit.subject = found.id;
    FOB_CHECK(Append(audit));
    return FindClient(found.id);
  });
}

}  // namespace fob::store
