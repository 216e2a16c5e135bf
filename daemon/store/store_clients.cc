#include <algorithm>

#include "daemon/store/columns.h"
#include "daemon/store/list_room.h"
#include "daemon/store/sqlite_store.h"

// Registered web apps.
namespace fob::store {
namespace {

#define FOB_SELECT_CLIENT                                                         \
  "SELECT id, name, secret_hash, audiences, scopes, token_lifetime, created_at, " \
  "secret_rotated_at FROM clients "

core::ClientRecord ReadClient(Statement& row) {
  core::ClientRecord client;
  std::string audiences;
  std::string scopes;
  row.Read(client.id, client.name, client.secret_hash, audiences, scopes, client.token_lifetime,
           client.created_at, client.secret_rotated_at);
  client.audiences = FromLines(audiences);
  client.scopes = FromLines(scopes);
  return client;
}

}  // namespace

Status SqliteStore::AddClient(const core::ClientRecord& client, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_TRY(const std::string audiences, ToLines(client.audiences));
    FOB_TRY(const std::string scopes, ToLines(client.scopes));
    const auto added = database_->Run(
        "INSERT INTO clients (id, name, secret_hash, audiences, scopes, token_lifetime, "
        "created_at, secret_rotated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        client.id, client.name, client.secret_hash, audiences, scopes, client.token_lifetime,
        client.created_at, client.secret_rotated_at);
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
  if (!row.has_value())
    return MakeError(Code::kNotFound, "no_client", "there is no client " + client);
  return ReadClient(*row);
}

Result<std::vector<core::ClientRecord>> SqliteStore::ListClients() {
  FOB_TRY(Statement query,
          database_->Prepare(FOB_SELECT_CLIENT "ORDER BY created_at DESC, name LIMIT 60"));
  std::vector<core::ClientRecord> clients;
  ListRoom room;
  while (true) {
    FOB_TRY(const bool row, query.Step());
    if (!row) break;
    core::ClientRecord client = ReadClient(query);
    if (!room.Takes(client)) break;
    clients.push_back(std::move(client));
  }
  std::ranges::sort(clients, {}, &core::ClientRecord::name);
  return clients;
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
