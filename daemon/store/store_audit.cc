#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "daemon/store/chain.h"
#include "daemon/store/columns.h"
#include "daemon/store/sqlite_store.h"

// The audit trail.
namespace fob::store {
namespace {

constexpr int64_t kMaxRead = 10'000;

#define FOB_SELECT_AUDIT                                                                          \
  "SELECT seq, at, action, outcome, user, caller_uid, caller_pid, service, tty, rhost, subject, " \
  "rule, detail,"                                                                                 \
  " hash FROM audit "

Status ReadAudit(Statement& row, core::AuditRecord& out) {
  std::string outcome;
  core::AuditEntry& entry = out.entry;
  row.Read(out.seq, entry.at, entry.action, outcome, entry.user, entry.caller_uid, entry.caller_pid,
           entry.service, entry.tty, entry.rhost, entry.subject, entry.rule, entry.detail,
           out.hash);
  return FromName(outcome, entry.outcome);
}

}  // namespace

Status SqliteStore::Append(const core::AuditEntry& entry) {
  int64_t seq = 0;
  Bytes head = ChainStart();
  {
    FOB_TRY(auto last, database_->First("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"));
    if (last.has_value()) last->Read(seq, head);
  }
  ++seq;
  FOB_CHECK(database_->Run(
      "INSERT INTO audit (seq, at, action, outcome, user, caller_uid, caller_pid, service, tty, "
      "rhost, subject, rule, detail,"
      " hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
      seq, entry.at, entry.action, NameOf(entry.outcome), entry.user, entry.caller_uid,
      entry.caller_pid, entry.service, entry.tty, entry.rhost, entry.subject, entry.rule,
      entry.detail, ChainHash(hasher_, head, seq, entry)));
  return Ok();
}

Status SqliteStore::Record(const core::AuditEntry& entry) {
  return Atomically([&] { return Append(entry); });
}

Result<std::vector<core::AuditRecord>> SqliteStore::TailAudit(int64_t limit,
                                                              std::optional<int64_t> after_seq) {
  limit = std::clamp<int64_t>(limit, 0, kMaxRead);
  FOB_TRY(Statement query,
          database_->Prepare(after_seq.has_value()
                                 ? FOB_SELECT_AUDIT "WHERE seq > ?2 ORDER BY seq LIMIT ?1"
                                 : FOB_SELECT_AUDIT "ORDER BY seq DESC LIMIT ?1"));
  after_seq.has_value() ? query.Bind(limit, *after_seq) : query.Bind(limit);
  std::vector<core::AuditRecord> records;
  while (true) {
    FOB_TRY(const bool row, query.Step());
    if (!row) break;
    FOB_CHECK(ReadAudit(query, records.emplace_back()));
  }
  if (!after_seq.has_value()) std::reverse(records.begin(), records.end());
  return records;
}

Result<core::ChainCheck> SqliteStore::CheckChain(const core::ChainCheck& from, int64_t limit) {
  core::ChainCheck check = from;
  if (check.head.empty()) check.head = ChainStart();
  limit = std::clamp<int64_t>(limit, 1, kMaxRead);
  const auto broken = [&](int64_t seq, std::string why) {
    check.done = true;
    check.broken_at = seq;
    check.why = std::move(why);
    return check;
  };
  FOB_TRY(Statement query,
          database_->Prepare(FOB_SELECT_AUDIT "WHERE seq > ?1 ORDER BY seq LIMIT ?2"));
  // From the very first row on, so that one before entry 1 is seen too.
  query.Bind(check.last_seq == 0 ? std::numeric_limits<int64_t>::min() : check.last_seq, limit);
  for (int64_t i = 0; i < limit; ++i) {
    FOB_TRY(const bool row, query.Step());
    if (!row) {
      check.done = true;
      return check;
    }
    core::AuditRecord record;
    const bool readable = ReadAudit(query, record).ok();
    const int64_t expected = check.last_seq + 1;
    if (record.seq != expected)
      return broken(expected, fmt::format("entry {} is missing", expected));
    if (!readable || ChainHash(hasher_, check.head, record.seq, record.entry) != record.hash) {
      return broken(expected, fmt::format("entry {} is not what was written", expected));
    }
    check.head = record.hash;
    check.last_seq = record.seq;
    ++check.checked;
  }
  return check;
}

}  // namespace fob::store
