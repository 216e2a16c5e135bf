#include <fmt/format.h>

#include "daemon/store/columns.h"
#include "daemon/store/liveness.h"
#include "daemon/store/sqlite_store.h"

// What keeps a user from trying again: failures, and an administrator's lock.
namespace fob::store {

Result<std::vector<core::FailureRecord>> SqliteStore::FailuresOf(int64_t user_id) {
  FOB_TRY(Statement query, database_->Prepare(
                               "SELECT factor, origin, count, failed_at FROM failures WHERE user_id = ?1"));
  query.Bind(user_id);
  std::vector<core::FailureRecord> failures;
  while (true) {
    FOB_TRY(const bool more, query.Step());
    if (!more) return failures;
    core::FailureRecord& failure = failures.emplace_back();
    std::string factor;
    std::string origin;
    query.Read(factor, origin, failure.count, failure.failed_at);
    FOB_CHECK(FromName(factor, failure.factor));
    FOB_CHECK(FromName(origin, failure.origin));
  }
}

Result<int64_t> SqliteStore::RecordFailure(int64_t user_id, core::Factor factor, core::Locality origin,
                                           int64_t now) {
  return Atomically([&]() -> Result<int64_t> {
    FOB_CHECK(database_->Run(
        "INSERT INTO failures (user_id, factor, origin, count, failed_at) VALUES (?1, ?2, ?3, 1, ?4)"
        " ON CONFLICT DO UPDATE SET count = count + 1, failed_at = max(failed_at, excluded.failed_at)",
        user_id, core::FactorName(factor), core::LocalityName(origin), now));
    FOB_TRY(auto row, database_->First("SELECT count FROM failures WHERE user_id = ?1 AND factor = ?2"
                                       " AND origin = ?3",
                                       user_id, core::FactorName(factor), core::LocalityName(origin)));
    int64_t count = 0;
    if (row.has_value()) row->Read(count);
    return count;
  });
}

Status SqliteStore::Forgive(const core::ProofCommit& proof) {
  for (const auto& forgiven : proof.forgiven) {
    FOB_CHECK(database_->Run("DELETE FROM failures WHERE user_id = ?1 AND factor = ?2 AND origin = ?3",
                             proof.user_id, core::FactorName(forgiven.factor),
                             core::LocalityName(forgiven.origin)));
  }
  return Ok();
}

Result<core::UserRecord> SqliteStore::LockUser(const std::string& name, bool locked,
                                               core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::UserRecord> {
    FOB_TRY(const core::UserRecord user, FindUser(name));
    if (locked) {
      FOB_CHECK(database_->Run("UPDATE users SET locked_at = coalesce(locked_at, ?2) WHERE id = ?1",
                               user.id, audit.at));
      // For good: what a thief held when the user was locked is not his again when the user is unlocked.
      FOB_TRY(const int64_t ended, EndAllOf(*database_, user.id, audit.at));
      audit.detail = fmt::format("{} logins ended, all grants revoked", ended);
    } else {
      FOB_CHECK(database_->Run("UPDATE users SET locked_at = NULL WHERE id = ?1", user.id));
      FOB_TRY(const int64_t forgiven, database_->Run("DELETE FROM failures WHERE user_id = ?1", user.id));
      if (forgiven > 0) audit.detail = fmt::format("{} counts of failures forgiven", forgiven);
    }
    FOB_CHECK(Append(audit));
    return FindUser(name);
  });
}

}  // namespace fob::store
