#include <algorithm>
#include <array>
#include <iterator>

#include "daemon/store/columns.h"
#include "daemon/store/list_page.h"
#include "daemon/store/sqlite_store.h"

// Registered web apps.
namespace fob::store {
namespace {

constexpr size_t kMostClientsListed = 60;

#define FOB_SELECT_CLIENT                                                                       \
  "SELECT id, name, secret_hash, audiences, scopes, serves, told_groups, fresh, redirect_uris,"  \
  " post_logout_redirect_uris, origins, user_groups, auth_method, jwks, token_kind, algorithm,"  \
  " id_token_algorithm, token_lifetime, refresh_lifetime, outlives_login, direct, machine,"      \
  " tickets, third_party, pkce, created_at, secret_rotated_at FROM clients "

// The lists of a client, in the order of their columns.
constexpr std::vector<std::string> core::ClientRecord::*kLists[] = {
    &core::ClientRecord::audiences,     &core::ClientRecord::scopes,
    &core::ClientRecord::serves,        &core::ClientRecord::groups,
    &core::ClientRecord::fresh,         &core::ClientRecord::redirect_uris,
    &core::ClientRecord::post_logout_redirect_uris, &core::ClientRecord::origins,
    &core::ClientRecord::user_groups};
using Lists = std::array<std::string, std::size(kLists)>;

Result<Lists> ListsOf(const core::ClientRecord& client) {
  Lists lists;
  for (size_t i = 0; i < lists.size(); ++i) {
    FOB_TRY(lists[i], ToLines(client.*kLists[i]));
  }
  return lists;
}

Result<core::ClientRecord> ReadClient(Statement& row) {
  core::ClientRecord client;
  Lists lists;
  std::string auth_method, token_kind, algorithm, id_token_algorithm;
  row.Read(client.id, client.name, client.secret_hash, lists[0], lists[1], lists[2], lists[3],
           lists[4], lists[5], lists[6], lists[7], lists[8], auth_method, client.jwks, token_kind,
           algorithm, id_token_algorithm, client.token_lifetime, client.refresh_lifetime,
           client.outlives_login, client.direct, client.machine, client.tickets,
           client.third_party, client.pkce, client.created_at, client.secret_rotated_at);
  for (size_t i = 0; i < lists.size(); ++i) client.*kLists[i] = FromLines(lists[i]);
  FOB_CHECK(FromName(auth_method, client.auth_method));
  FOB_CHECK(FromName(token_kind, client.token_kind));
  FOB_CHECK(FromName(algorithm, client.algorithm));
  FOB_CHECK(FromName(id_token_algorithm, client.id_token_algorithm));
  return client;
}

Error NoClient(const std::string& client) {
  return MakeError(Code::kNotFound, "no_client", "there is no client " + client);
}

}  // namespace

Status SqliteStore::AddClient(const core::ClientRecord& client, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_TRY(const Lists lists, ListsOf(client));
    const auto added = database_->Run(
        "INSERT INTO clients (id, name, secret_hash, audiences, scopes, serves, told_groups, fresh,"
        " redirect_uris, post_logout_redirect_uris, origins, user_groups, auth_method, jwks,"
        " token_kind, algorithm, id_token_algorithm, token_lifetime, refresh_lifetime,"
        " outlives_login, direct, machine, tickets, third_party, pkce, created_at,"
        " secret_rotated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
        " ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)",
        client.id, client.name, client.secret_hash, lists[0], lists[1], lists[2], lists[3],
        lists[4], lists[5], lists[6], lists[7], lists[8], NameOf(client.auth_method), client.jwks,
        NameOf(client.token_kind), NameOf(client.algorithm), NameOf(client.id_token_algorithm),
        client.token_lifetime, client.refresh_lifetime, client.outlives_login, client.direct,
        client.machine, client.tickets, client.third_party, client.pkce, client.created_at,
        client.secret_rotated_at);
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
  query.Bind(place, before, int64_t{kMostClientsListed + 1});
  return ReadPage<core::ClientRecord>(query, kMostClientsListed, ReadClient);
}

Result<core::ClientRecord> SqliteStore::UpdateClient(const core::ClientRecord& client,
                                                     core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::ClientRecord> {
    FOB_TRY(const Lists lists, ListsOf(client));
    FOB_TRY(const int64_t updated,
            database_->Run(
                "UPDATE clients SET audiences = ?2, scopes = ?3, serves = ?4, told_groups = ?5,"
                " fresh = ?6, redirect_uris = ?7, post_logout_redirect_uris = ?8, origins = ?9,"
                " user_groups = ?10, auth_method = ?11, jwks = ?12, token_kind = ?13,"
                " algorithm = ?14, id_token_algorithm = ?15, token_lifetime = ?16,"
                " refresh_lifetime = ?17, outlives_login = ?18, direct = ?19, machine = ?20,"
                " tickets = ?21, third_party = ?22, pkce = ?23, secret_hash = ?24 WHERE id = ?1",
                client.id, lists[0], lists[1], lists[2], lists[3], lists[4], lists[5], lists[6],
                lists[7], lists[8], NameOf(client.auth_method), client.jwks,
                NameOf(client.token_kind), NameOf(client.algorithm),
                NameOf(client.id_token_algorithm), client.token_lifetime, client.refresh_lifetime,
                client.outlives_login, client.direct, client.machine, client.tickets,
                client.third_party, client.pkce, client.secret_hash));
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
        database_->Run("UPDATE clients SET secret_hash = ?2, secret_rotated_at = ?3"
                       " WHERE id = ?1 AND auth_method = 'client_secret'",
                       found.id, secret_hash, now));
    if (audit.subject.empty()) audit.subject = found.id;
    FOB_CHECK(Append(audit));
    return FindClient(found.id);
  });
}

}  // namespace fob::store
