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

Status ReadEntry(Statement& row, core::AuditRecord& out) {
  std::string outcome;
  core::AuditEntry& entry = out.entry;
  row.Read(out.seq, entry.at, entry.action, outcome, entry.user, entry.caller_uid, entry.caller_pid,
           entry.service, entry.tty, entry.rhost, entry.subject, entry.rule, entry.detail,
           out.hash);
  return FromName(outcome, entry.outcome);
}

bool Matches(const core::AuditFilter& filter, const core::AuditEntry& entry) {
  const std::string& action = filter.action;
  return entry.at >= filter.since && (filter.user.empty() || entry.user == filter.user) &&
         (action.empty() || entry.action == action ||
          (entry.action.starts_with(action) && entry.action[action.size()] == '.'));
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

Result<core::AuditPage> SqliteStore::ReadAudit(const core::AuditFilter& filter) {
  const int64_t limit = std::clamp<int64_t>(filter.limit, 1, kMaxRead);
  const bool forward = filter.after_seq.has_value();
  const int64_t from = forward ? *filter.after_seq : filter.before_seq.value_or(INT64_MAX);
  FOB_TRY(Statement query,
          database_->Prepare(forward ? FOB_SELECT_AUDIT "WHERE seq > ?1 ORDER BY seq LIMIT ?2"
                                     : FOB_SELECT_AUDIT
                                 "WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2"));
  query.Bind(from, kMaxRead + 1);
  core::AuditPage page;
  int64_t last = from;
  bool young = false;  // whether any that was looked at is young enough
  for (int64_t looked = 0;; ++looked) {
    FOB_TRY(const bool row, query.Step());
    if (!row) break;
    if (looked == kMaxRead || static_cast<int64_t>(page.records.size()) == limit) {
      // Reading back from the newest, a stretch that is too old throughout has older ones before it.
      if (forward || young || filter.since == 0) page.next = last;
      break;
    }
    core::AuditRecord record;
    FOB_CHECK(ReadEntry(query, record));
    last = record.seq;
    young |= record.entry.at >= filter.since;
    if (Matches(filter, record.entry)) page.records.push_back(std::move(record));
  }
  if (!forward) std::ranges::reverse(page.records);
  // Behind the entries: what is not among them and was pruned meanwhile is not missing.
  FOB_TRY(auto ends, database_->First("SELECT coalesce((SELECT seq FROM audit_checkpoint), 0) + 1,"
                                      " coalesce((SELECT max(seq) FROM audit), 0)"));
  if (ends.has_value()) ends->Read(page.first_seq, page.newest_seq);
  return page;
}

Result<core::ChainCheck> SqliteStore::CheckChain(const core::ChainCheck& from, int64_t limit) {
  core::ChainCheck check = from;
  if (check.head.empty()) check.head = ChainStart();
  limit = std::clamp<int64_t>(limit, 1, kMaxRead);
  const auto broken = [&](int64_t seq, core::ChainFault fault, std::string why) {
    check.done = true;
    check.broken_at = seq;
    check.fault = fault;
    check.why = std::move(why);
    return check;
  };
  FOB_TRY(Statement query,
          database_->Prepare(FOB_SELECT_AUDIT "WHERE seq > ?1 ORDER BY seq LIMIT ?2"));
  // From the very first row on, so that one before the start is seen too.
  query.Bind(check.checked == 0 ? std::numeric_limits<int64_t>::min() : check.last_seq, limit);
  for (int64_t i = 0; i < limit; ++i) {
    FOB_TRY(const bool row, query.Step());
    if (!row) {
      check.done = true;
      return check;
    }
    core::AuditRecord record;
    const bool readable = ReadEntry(query, record).ok();
    const int64_t expected = check.last_seq + 1;
    if (record.seq < expected) {
      return broken(expected, core::ChainFault::kStray,
                    fmt::format("entry {} stands before the first one, {}", record.seq, expected));
    }
    if (record.seq > expected) {
      return broken(expected, core::ChainFault::kMissing,
                    record.seq == expected + 1
                        ? fmt::format("entry {} is missing", expected)
                        : fmt::format("entries {} to {} are missing", expected, record.seq - 1));
    }
    if (!readable || ChainHash(hasher_, check.head, record.seq, record.entry) != record.hash) {
      return broken(expected, core::ChainFault::kChanged,
                    fmt::format("entry {} is not what was written", expected));
    }
    if (record.entry.at >= check.before) {
      check.done = true;
      return check;
    }
    check.head = record.hash;
    check.last_seq = record.seq;
    ++check.checked;
  }
  return check;
}

}  // namespace fob::store
