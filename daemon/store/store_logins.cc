#include "daemon/store/list_page.h"
#include "daemon/store/liveness.h"
#include "daemon/store/sqlite_store.h"

// Verified logins, from pending to ended.
namespace fob::store {
namespace {

constexpr size_t kMostLoginsListed = 100;

Error NoLogin() { return MakeError(Code::kNotFound, "no_login", "there is no such login"); }

}  // namespace

Result<core::LoginRecord> SqliteStore::ConfirmLogin(const Confirmation& confirmation) {
  return Atomically([&]() -> Result<core::LoginRecord> {
    std::string id;
    {
      FOB_TRY(auto row,
              database_->First("SELECT l.id FROM logins l JOIN users u ON u.id = l.user_id WHERE "
                               "l.handle_hash = ?3 AND u.name = ?4"
                               " AND l.service = ?5 AND " FOB_LOGIN_FATE " = 'pending'",
                               confirmation.now, confirmation.boot_id, confirmation.handle_hash,
                               confirmation.user, confirmation.service));
      if (!row.has_value()) {
        return MakeError(Code::kDenied, "handle",
                         "the login's handle is unknown, used, too old or of another login");
      }
      row->Read(id);
    }
    // Without its handle the login cannot be confirmed again: of all who come with it, one changes
    // the row.
    FOB_TRY(const int64_t confirmed,
            database_->Run(
                "UPDATE logins SET confirmed_at = ?3, kernel_session = ?4, handle_hash = NULL,"
                " tty = CASE WHEN ?5 = '' THEN tty ELSE ?5 END"
                " WHERE id = ?1 AND handle_hash = ?2 AND confirmed_at IS NULL",
                id, confirmation.handle_hash, confirmation.now, confirmation.kernel_session,
                confirmation.tty));
    if (confirmed != 1)
      return MakeError(Code::kDenied, "handle", "the login's handle was used meanwhile");
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
      "WHERE l.confirmed_at IS NOT NULL AND l.ended_at IS NULL AND l.expires_at > ?1 "
      "AND " FOB_LOGIN_FATE " = 'live' AND l.seq < ?4 ORDER BY l.seq DESC LIMIT ?3";
  constexpr std::string_view kLiveOfUid = FOB_SELECT_LOGIN
      "WHERE l.confirmed_at IS NOT NULL AND l.ended_at IS NULL AND l.expires_at > ?1 "
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
          database_->First(FOB_SELECT_LOGIN "WHERE l.confirmed_at IS NOT NULL AND l.ended_at IS "
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
    FOB_CHECK(database_->Run(
        "UPDATE logins SET ended_at = ?2, handle_hash = NULL WHERE id = ?1 AND ended_at IS NULL",
        login, now));
    FOB_TRY(core::LoginRecord found, FindLogin(login, now, boot_id));
    if (audit.subject.empty()) audit.subject = found.id;
    FOB_CHECK(Append(audit));
    return found;
  });
}

}  // namespace fob::store
