#include "daemon/store/columns.h"
#include "daemon/store/list_page.h"
#include "daemon/store/liveness.h"
#include "daemon/store/sqlite_store.h"

// Verified logins, from pending to ended.
namespace fob::store {
namespace {

constexpr size_t kMostLoginsListed = 100;

// What was proved, which a pending login and a confirmed one have in common.
#define FOB_PROOF                                                                                  \
  "id, user_id, uid, service, rhost, factors, amr, acr, multi_factor, rule, key_id, otp_id,"      \
  " authenticated_at, expires_at, boot_id"
#define FOB_PROVED \
  " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"

Error NoLogin() { return MakeError(Code::kNotFound, "no_login", "there is no such login"); }

}  // namespace

// Pending; one of a browser is live at once.
Status SqliteStore::InsertLogin(const core::ProofCommit& proof) {
  FOB_CHECK(PruneLogins(proof.audit.at));
  const core::LoginRecord& login = *proof.login;
  FOB_TRY(const std::string factors, ToLines(login.factors));
  FOB_TRY(const std::string amr, ToLines(login.amr));
  const auto if_any = [](const std::string& id) { return id.empty() ? std::nullopt : std::optional(id); };
  const auto insert = [&](std::string_view sql, const auto&... last) -> Status {
    FOB_CHECK(database_->Run(sql, login.id, proof.user_id, proof.uid, login.service, login.rhost, factors, amr, login.acr,
                             login.multi_factor, login.rule, if_any(login.key), if_any(login.otp), login.authenticated_at,
                             login.expires_at, login.boot_id, login.tty, last...));
    return Ok();
  };
  if (!proof.handle_hash.empty()) {
    FOB_CHECK(PrunePending(proof.audit.at));
    return insert("INSERT INTO pending_logins (" FOB_PROOF ", tty, handle_hash, confirm_before) VALUES" FOB_PROVED,
                  proof.handle_hash, proof.confirm_before);
  }
  FOB_CHECK(insert("INSERT INTO logins (" FOB_PROOF ", tty, kernel_session, confirmed_at) VALUES" FOB_PROVED,
                   login.kernel_session, login.confirmed_at));
  return InsertSession(proof.session_hash, login.id, proof.audit.at);
}

Result<core::LoginRecord> SqliteStore::ConfirmLogin(const Confirmation& confirmation) {
  return Atomically([&]() -> Result<core::LoginRecord> {
    // Gone from where it was pending, it cannot be confirmed again.
    std::string id;
    {
      FOB_TRY(auto row,
              database_->First("INSERT INTO logins (" FOB_PROOF ", tty, kernel_session, confirmed_at)"
                               " SELECT " FOB_PROOF ", CASE WHEN ?6 = '' THEN tty ELSE ?6 END, ?7, ?1 FROM pending_logins l"
                               " WHERE handle_hash = ?3 AND service = ?5 AND boot_id = ?2 AND confirm_before > ?1"
                               " AND EXISTS (SELECT 1 FROM users u WHERE u.id = l.user_id AND u.name = ?4"
                               "  AND CASE" FOB_LOGIN_LOST " ELSE 'kept' END = 'kept') RETURNING id",
                               confirmation.now, confirmation.boot_id, confirmation.handle_hash, confirmation.user,
                               confirmation.service, confirmation.tty, confirmation.kernel_session));
      if (!row.has_value()) {
        return MakeError(Code::kDenied, "handle",
                         "the login's handle is unknown, used, too old or of another login");
      }
      row->Read(id);
    }
    FOB_CHECK(database_->Run("DELETE FROM pending_logins WHERE handle_hash = ?1", confirmation.handle_hash));
    core::AuditEntry audit = confirmation.audit;
    if (audit.subject.empty()) audit.subject = id;
    FOB_CHECK(Append(audit));
    return FindLogin(id, confirmation.now, confirmation.boot_id);
  });
}

Result<core::Page<core::LoginRecord>> SqliteStore::ListLogins(const LoginFilter& filter) {
  // The plain conditions before the fate are the partial indexes': dead logins are not even looked
  // at.
  constexpr std::string_view kLive = FOB_SELECT_LOGIN
      "WHERE l.ended_at IS NULL AND l.expires_at > ?1 "
      "AND " FOB_LOGIN_FATE " = 'live' AND l.seq < ?4 ORDER BY l.seq DESC LIMIT ?3";
  constexpr std::string_view kLiveOfUid = FOB_SELECT_LOGIN
      "WHERE l.ended_at IS NULL AND l.expires_at > ?1 "
      "AND " FOB_LOGIN_FATE
      " = 'live' AND l.seq < ?4 AND l.uid = ?5 ORDER BY l.seq DESC LIMIT ?3";
  constexpr std::string_view kAll =
      FOB_SELECT_LOGIN "WHERE l.seq < ?4 ORDER BY l.seq DESC LIMIT ?3";
  constexpr std::string_view kAllOfUid =
      FOB_SELECT_LOGIN "WHERE l.seq < ?4 AND l.uid = ?5 ORDER BY l.seq DESC LIMIT ?3";
  const bool of_uid = filter.uid.has_value();
  FOB_TRY(const int64_t place, PlaceOf("SELECT seq FROM logins WHERE id = ?1", filter.before));
  FOB_TRY(Statement query, database_->Prepare(filter.live_only ? (of_uid ? kLiveOfUid : kLive)
                                                               : (of_uid ? kAllOfUid : kAll)));
  query.Bind(filter.now, filter.boot_id, int64_t{kMostLoginsListed + 1}, place);
  if (of_uid) query.Bind(*filter.uid);
  return ReadPage<core::LoginRecord>(
      query, kMostLoginsListed,
      [](Statement& row) -> Result<core::LoginRecord> { return ReadLogin(row).login; });
}

Result<core::LoginRecord> SqliteStore::NewestLogin(uint32_t uid, const std::string& kernel_session,
                                                   int64_t now, const std::string& boot_id) {
  FOB_TRY(auto row,
          database_->First(FOB_SELECT_LOGIN "WHERE l.ended_at IS "
                                            "NULL AND l.expires_at > ?1 AND l.uid = ?3"
                                            " AND l.kernel_session = ?4 AND " FOB_LOGIN_FATE
                                            " = 'live' ORDER BY l.seq DESC LIMIT 1",
                           now, boot_id, uid, kernel_session));
  if (!row.has_value()) return NoLogin();
  return ReadLogin(*row).login;
}

Result<core::LoginRecord> SqliteStore::FindLogin(const std::string& login, int64_t now,
                                                 const std::string& boot_id) {
  FOB_TRY(auto row, database_->First(FOB_SELECT_LOGIN "WHERE l.id = ?3", now, boot_id, login));
  if (!row.has_value()) return NoLogin();
  return ReadLogin(*row).login;
}

Result<core::LoginRecord> SqliteStore::EndLogin(const std::string& login, int64_t now,
                                                const std::string& boot_id,
                                                core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::LoginRecord> {
    FOB_CHECK(database_->Run("UPDATE logins SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL", login, now));
    FOB_TRY(core::LoginRecord found, FindLogin(login, now, boot_id));
    if (audit.subject.empty()) audit.subject = found.id;
    FOB_CHECK(Append(audit));
    return found;
  });
}

}  // namespace fob::store
