#include "daemon/store/sqlite_store.h"

// How late it was, and the kernel sessions that logins live in.
namespace fob::store {
namespace {

constexpr int kMaxEnded = 100;     // logins a call
constexpr int kMaxSessions = 5000;

}  // namespace

Result<core::GrantStore::ClockMark> SqliteStore::FindClockMark() {
  ClockMark mark;
  {
    FOB_TRY(auto row, database_->First("SELECT seconds, since_boot_ms, boot_id FROM clock"));
    if (row.has_value()) row->Read(mark.seconds, mark.since_boot_ms, mark.boot_id);
  }
  FOB_TRY(auto row, database_->First("SELECT at FROM audit ORDER BY seq DESC LIMIT 1"));
  if (row.has_value()) row->Read(mark.newest_entry_at);
  return mark;
}

Status SqliteStore::SetClockMark(const ClockMark& mark) {
  return Atomically([&]() -> Status {
    FOB_CHECK(database_->Run("INSERT OR REPLACE INTO clock (one, seconds, since_boot_ms, boot_id)"
                             " VALUES (1, ?1, ?2, ?3)",
                             mark.seconds, mark.since_boot_ms, mark.boot_id));
    return Ok();
  });
}

Result<std::vector<std::string>> SqliteStore::OpenSessions(const core::Moment& moment) {
  // From one session to the next along the index, however many logins each has.
  FOB_TRY(Statement query,
          database_->Prepare(
              "WITH RECURSIVE session (name) AS ("
              " SELECT min(kernel_session) FROM logins INDEXED BY logins_open_by_session"
              "  WHERE ended_at IS NULL AND kernel_session > ''"
              " UNION ALL SELECT (SELECT min(kernel_session) FROM logins INDEXED BY logins_open_by_session"
              "  WHERE ended_at IS NULL AND kernel_session > session.name)"
              "  FROM session WHERE session.name IS NOT NULL)"
              " SELECT name FROM session WHERE name IS NOT NULL AND name <> ?4 AND EXISTS ("
              "  SELECT 1 FROM logins WHERE kernel_session = name"
              "   AND ended_at IS NULL AND boot_id = ?2 AND expires_at > ?1) LIMIT ?3"));
  query.Bind(moment.now, moment.boot_id, kMaxSessions, core::kBrowserSession);
  std::vector<std::string> sessions;
  while (true) {
    FOB_TRY(const bool row, query.Step());
    if (!row) return sessions;
    query.Read(sessions.emplace_back());
  }
}

Result<int64_t> SqliteStore::EndLoginsOf(const std::string& kernel_session, const core::Moment& moment,
                                         core::AuditEntry audit) {
  return Atomically([&]() -> Result<int64_t> {
    std::vector<std::pair<std::string, std::string>> open;
    {
      FOB_TRY(Statement query,
              database_->Prepare("SELECT l.id, u.name FROM logins l JOIN users u ON u.id = l.user_id"
                                 " WHERE l.kernel_session = ?1"
                                 " AND l.ended_at IS NULL ORDER BY l.seq LIMIT ?2"));
      query.Bind(kernel_session, kMaxEnded);
      while (true) {
        FOB_TRY(const bool row, query.Step());
        if (!row) break;
        auto& [login, user] = open.emplace_back();
        query.Read(login, user);
      }
    }
    for (const auto& [login, user] : open) {
      FOB_CHECK(database_->Run("UPDATE logins SET ended_at = ?2 WHERE id = ?1", login, moment.now));
      audit.subject = login;
      audit.user = user;
      FOB_CHECK(Append(audit));
    }
    return static_cast<int64_t>(open.size());
  });
}

}  // namespace fob::store
