#include <set>

#include "daemon/store/columns.h"
#include "daemon/store/liveness.h"
#include "daemon/store/sqlite_store.h"

// Browsers that are signed in, and what people allowed to web apps.
namespace fob::store {
namespace {

constexpr int kMaxOfLogin = 32;           // sessions
constexpr size_t kMaxPlaces = 40 * 1024;  // bytes of all

Error NoSession() { return MakeError(Code::kNotFound, "session", "nobody is signed in here (any more)"); }

void Add(std::string_view lines, std::set<std::string>& places, size_t& room) {
  for (std::string& place : FromLines(lines)) {
    if (place.size() + 4 > room) return;
    if (places.insert(place).second) room -= place.size() + 4;
  }
}

}  // namespace

Result<core::Store::WebSession> SqliteStore::FindSession(const Bytes& hash, const core::Moment& moment) {
  WebSession session;
  std::string login;
  {
    FOB_TRY(auto row, database_->First("SELECT s.login, s.created_at, l.key_id, l.otp_id FROM"
                                       " web_sessions s JOIN logins l ON l.id = s.login"
                                       " WHERE s.hash = ?1",
                                       hash));
    if (!row.has_value()) return NoSession();
    row->Read(login, session.created_at, session.login.key, session.login.otp);
  }
  FOB_TRY(core::LoginRecord found, FindLogin(login, moment.now, moment.boot_id));
  if (found.state != core::LoginState::kLive) return NoSession();
  found.key = std::move(session.login.key);
  found.otp = std::move(session.login.otp);
  session.login = std::move(found);
  return session;
}

Status SqliteStore::InsertSession(const Bytes& hash, const std::string& login, int64_t now) {
  FOB_CHECK(database_->Run("INSERT INTO web_sessions (hash, login, created_at) VALUES (?1, ?2, ?3)",
                           hash, login, now));
  return Ok();
}

Status SqliteStore::AddSession(const Bytes& hash, const std::string& login, const core::Moment& moment,
                               core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_TRY(const auto live,
            database_->First("SELECT 1 FROM logins l JOIN users u ON u.id = l.user_id"
                             " WHERE l.id = ?3 AND " FOB_LOGIN_FATE " = 'live'",
                             moment.now, moment.boot_id, login));
    if (!live.has_value()) return Denied("login_dead", "the login has ended");
    FOB_TRY(const auto full, database_->First("SELECT 1 FROM web_sessions WHERE login = ?1 LIMIT 1 OFFSET ?2",
                                              login, kMaxOfLogin - 1));
    if (full.has_value()) {
      return MakeError(Code::kExhausted, "too_many_sessions",
                       "the login is signed in in too many browsers: sign out of some");
    }
    FOB_CHECK(InsertSession(hash, login, moment.now));
    if (audit.subject.empty()) audit.subject = login;
    return Append(audit);
  });
}

Result<bool> SqliteStore::EndSession(const Bytes& hash, const core::Moment& moment,
                                     core::AuditEntry audit) {
  return Atomically([&]() -> Result<bool> {
    std::string login;
    std::string kernel_session;
    {
      FOB_TRY(auto row, database_->First("SELECT l.id, l.kernel_session, u.name FROM web_sessions s"
                                         " JOIN logins l ON l.id = s.login"
                                         " JOIN users u ON u.id = l.user_id WHERE s.hash = ?1",
                                         hash));
      if (!row.has_value()) return false;
      row->Read(login, kernel_session, audit.user);
    }
    FOB_CHECK(database_->Run("DELETE FROM web_sessions WHERE hash = ?1", hash));
    if (kernel_session == core::kBrowserSession) {
      FOB_CHECK(database_->Run("UPDATE logins SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL",
                               login, moment.now));
    }
    audit.subject = login;
    FOB_CHECK(Append(audit));
    return true;
  });
}

Result<Bytes> SqliteStore::DecoyKey() {
  FOB_TRY(auto row, database_->First("SELECT value FROM decoy_key"));
  Bytes key;
  if (row.has_value()) row->Read(key);
  if (key.size() != 32) return MakeError(Code::kCorrupt, "store_corrupt", "the store: a key of it is missing");
  return key;
}

Result<std::vector<std::string>> SqliteStore::FindConsent(const std::string& user,
                                                          const std::string& client) {
  FOB_TRY(auto row, database_->First("SELECT c.scopes FROM consents c JOIN users u ON u.id = c.user_id"
                                     " WHERE u.name = ?1 AND c.client = ?2",
                                     user, client));
  std::string scopes;
  if (row.has_value()) row->Read(scopes);
  return FromLines(scopes);
}

Status SqliteStore::SetConsent(const std::string& user, const std::string& client,
                               const std::vector<std::string>& scopes, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    FOB_TRY(const std::string lines, ToLines(scopes));
    FOB_TRY(const int64_t set,
            database_->Run("INSERT INTO consents (user_id, client, scopes, at)"
                           " SELECT u.id, c.id, ?3, ?4 FROM users u JOIN clients c ON c.id = ?2"
                           " WHERE u.name = ?1"
                           " ON CONFLICT (user_id, client) DO UPDATE SET scopes = ?3, at = ?4",
                           user, client, lines, audit.at));
    if (set == 0) return MakeError(Code::kConflict, "client_removed", "the client was removed meanwhile");
    if (audit.subject.empty()) audit.subject = client;
    return Append(audit);
  });
}

Result<core::GrantStore::WebPlaces> SqliteStore::ListWebPlaces() {
  FOB_TRY(Statement query, database_->Prepare("SELECT origins, redirect_uris, scopes FROM clients"
                                              " WHERE redirect_uris <> '' OR origins <> ''"));
  std::set<std::string> origins, uris, scopes;
  size_t room = kMaxPlaces;
  while (true) {
    FOB_TRY(const bool row, query.Step());
    if (!row) break;
    std::string some_origins, some_uris, some_scopes;
    query.Read(some_origins, some_uris, some_scopes);
    Add(some_origins, origins, room);
    Add(some_scopes, scopes, room);
    for (std::string& uri : FromLines(some_uris)) uris.insert(std::move(uri));
  }
  return WebPlaces{{origins.begin(), origins.end()}, {uris.begin(), uris.end()}, {scopes.begin(), scopes.end()}};
}

}  // namespace fob::store
