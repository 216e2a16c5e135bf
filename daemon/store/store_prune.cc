#include "daemon/store/sqlite_store.h"

// What is dead for long goes, a few rows with each new one and in its transaction: nothing piles up for longer than
// a minute, none of it takes long, and the disk is not waited for once more.
namespace fob::store {
namespace {

constexpr int64_t kDay = 24 * 3600;
constexpr int64_t kKeepTickets = kDay;  // so that its owner hears "used" or "expired"
constexpr int64_t kKeepOthers = 7 * kDay;
constexpr int kRows = 20;
constexpr int64_t kPause = 60;

// As the index logins_by_death has it.
#define FOB_LOGIN_DEATH "max(kept_until, coalesce(ended_at, expires_at))"

}  // namespace

Status SqliteStore::Prune(std::optional<int64_t>& done_at, std::string_view sql, int64_t now, int64_t keep) {
  if (done_at.has_value() && now >= *done_at && now < *done_at + kPause) return Ok();
  done_at.reset();
  FOB_TRY(const int64_t gone, database_->Run(sql, now - keep, kRows));
  if (gone < kRows) done_at = now;
  return Ok();
}

Status SqliteStore::PruneTickets(int64_t now) {
  return Prune(tickets_pruned_at_,
               "DELETE FROM tickets WHERE hash IN (SELECT hash FROM tickets INDEXED BY tickets_by_expiry"
               " WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
               now, kKeepTickets);
}

Status SqliteStore::PruneGrants(int64_t now) {
  return Prune(grants_pruned_at_,
               "DELETE FROM grants WHERE id IN (SELECT id FROM grants INDEXED BY grants_by_expiry"
               " WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
               now, kKeepOthers);
}

Status SqliteStore::PruneTokens(int64_t now) {
  return Prune(tokens_pruned_at_,
               "DELETE FROM access_tokens WHERE hash IN (SELECT hash FROM access_tokens"
               " INDEXED BY access_tokens_by_expiry WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
               now, kKeepTickets);
}

// There are no more than those of the last minutes, so that no index of their age is kept.
Status SqliteStore::PrunePending(int64_t now) {
  return Prune(pending_pruned_at_,
               "DELETE FROM pending_logins WHERE handle_hash IN (SELECT handle_hash FROM pending_logins"
               " WHERE confirm_before < ?1 LIMIT ?2)",
               now, 0);
}

Status SqliteStore::PruneLogins(int64_t now) {
  FOB_CHECK(PruneTickets(now));
  FOB_CHECK(PruneGrants(now));
  // One that something still points at waits: tickets and grants, sooner dead than kept, go first.
  return Prune(logins_pruned_at_,
               "DELETE FROM logins WHERE seq IN (SELECT seq FROM logins INDEXED BY logins_by_death"
               " WHERE " FOB_LOGIN_DEATH " < ?1 ORDER BY " FOB_LOGIN_DEATH " LIMIT ?2)"
               " AND NOT EXISTS (SELECT 1 FROM tickets WHERE tickets.login = logins.id)"
               " AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.login = logins.id)",
               now, kKeepOthers);
}

}  // namespace fob::store
