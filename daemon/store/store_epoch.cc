#include "daemon/store/schema.h"
#include "daemon/store/sqlite_store.h"

// What a restore makes of a store: a new epoch, in which nothing counts that was handed out before.
namespace fob::store {

Result<int64_t> SqliteStore::Epoch() {
  FOB_TRY(auto row, database_->First("SELECT max(epoch) FROM epochs"));
  int64_t epoch = 0;
  if (row.has_value()) row->Read(epoch);
  return epoch;
}

Status SqliteStore::CheckWhole() {
  FOB_TRY(auto row, database_->First("SELECT integrity_check FROM pragma_integrity_check(1)"));
  std::string said = "nothing";
  if (row.has_value()) row->Read(said);
  if (said == "ok") return Ok();
  return MakeError(Code::kCorrupt, "store_corrupt", "the store: " + said);
}

Status SqliteStore::BeginEpoch(const EpochStart& start) {
  return Atomically([&]() -> Status {
    FOB_CHECK(database_->Run(
        "INSERT INTO epochs (epoch, began_at, after_seq) VALUES (?1, ?2, (SELECT max(seq) FROM audit))",
        start.epoch, start.audit.at));
    for (const char* dead : {"DELETE FROM tickets", "DELETE FROM grants", "DELETE FROM enrol_codes",
                             "DELETE FROM recovery_codes", "DELETE FROM codes", "DELETE FROM web_sessions",
                             "DELETE FROM pending_logins"}) {
      FOB_CHECK(database_->Run(dead));
    }
    FOB_CHECK(database_->Run("UPDATE logins SET ended_at = coalesce(ended_at, ?1)", start.audit.at));
    // A code that was used after the backup was made cannot be used again: nor can one that the window
    // let in early.
    FOB_CHECK(database_->Run(
        "UPDATE otps SET last_step = max(last_step, ?1 / period + ?2) WHERE kind = 'totp'",
        start.audit.at, start.totp_window));
    FOB_CHECK(database_->Run("UPDATE otps SET out_of_step = 1 WHERE kind = 'hotp'"));
    return Append(start.audit);
  });
}

Result<std::vector<SqliteStore::Enrolled>> SqliteStore::ListEnrolled() {
  FOB_TRY(Statement query,
          database_->Prepare(
              "SELECT 'key', u.name, k.name, k.id, k.created_at FROM keys k JOIN users u ON u.id = k.user_id"
              " UNION ALL "
              "SELECT 'otp', u.name, o.name, o.id, o.created_at FROM otps o JOIN users u ON u.id = o.user_id"
              " UNION ALL "
              "SELECT 'client', '', name, id, created_at FROM clients ORDER BY 1, 2, 3"));
  std::vector<Enrolled> all;
  while (true) {
    FOB_TRY(const bool more, query.Step());
    if (!more) return all;
    Enrolled& one = all.emplace_back();
    query.Read(one.kind, one.user, one.name, one.id, one.created_at);
  }
}

}  // namespace fob::store
