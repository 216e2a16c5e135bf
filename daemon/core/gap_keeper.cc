#include "daemon/core/gap_keeper.h"

#include <algorithm>
#include <utility>

namespace fob::core {
namespace {

std::string Line(const AuditEntry& entry) {
  const auto word = [](std::string_view name, const std::string& value) {
    return value.empty() ? std::string() : " " + std::string(name) + "=" + value;
  };
  return "admitted by key while the store cannot be written:" + word("user", entry.user) + word("service", entry.service) +
         word("tty", entry.tty) + word("rhost", entry.rhost) + word("key", entry.subject) + word("rule", entry.rule) +
         " uid=" + std::to_string(entry.caller_uid) + " pid=" + std::to_string(entry.caller_pid) +
         word("factors", entry.detail);
}

}  // namespace

Status GapKeeper::Admit(ProofCommit proof) {
  if (admitted_.size() >= kMost) {
    return MakeError(Code::kUnavailable, "store_not_writable",
                     "the store cannot be written, and too many logins were admitted without it: see that its disk has "
                     "room and is not read-only");
  }
  if (proof.key_use.has_value()) {
    uint32_t& highest = counters_[proof.key_use->key];
    const uint32_t counter = proof.key_use->counter;
    if (highest != 0 && counter <= highest) {
      if (proof.key_use->deny_counter_regress) {
        return Denied("counter_regressed", "the key's counter went back from " + std::to_string(highest) + " to " +
                                               std::to_string(counter) + ": it may have been cloned");
      }
      proof.audit.detail += " counter_regressed";
    }
    highest = std::max(highest, counter);
  }
  Open();
  tell_(Line(proof.audit));
  // What no store has seen yields nothing.
  proof.login.reset();
  proof.handle_hash.clear();
  proof.audit.detail += " without_store";
  admitted_.push_back(std::move(proof));
  return Ok();
}

void GapKeeper::Uncounted(LateFailure failure, std::shared_ptr<Attempts> attempts) {
  if (failures_.size() >= kMost) return;
  Open();
  failures_.push_back(failure);
  attempts_.push_back(std::move(attempts));
}

void GapKeeper::Unrecorded() {
  Open();
  ++unrecorded_;
}

void GapKeeper::Open() {
  if (any()) return;
  since_ = clock_.UnixSeconds();
  next_ = timers_.After(kTryMs, [this] { Try(); });
}

AuditGap GapKeeper::Owed() const {
  AuditGap gap;
  gap.admitted = admitted_;
  gap.failures = failures_;
  gap.unrecorded = unrecorded_;
  AuditEntry& entry = gap.audit;
  entry.at = clock_.UnixSeconds();
  entry.action = "audit.gap";
  entry.caller_uid = self_.uid;
  entry.caller_pid = self_.pid;
  entry.detail = "since=" + std::to_string(since_) + " admitted=" + std::to_string(admitted_.size()) +
                 " failures=" + std::to_string(failures_.size()) + " unrecorded=" + std::to_string(unrecorded_);
  return gap;
}

void GapKeeper::Try() {
  AuditGap gap = Owed();
  store_.Write([gap](Store& store) { return store.RecordGap(gap); },
               [this, gap](const Status& recorded) {
                 if (recorded.ok()) Closed(gap);
                 if (any()) next_ = timers_.After(kTryMs, [this] { Try(); });
               });
}

void GapKeeper::Closed(const AuditGap& gap) {
  const auto drop = [](auto& all, size_t count) { all.erase(all.begin(), all.begin() + static_cast<ptrdiff_t>(count)); };
  drop(admitted_, gap.admitted.size());
  drop(failures_, gap.failures.size());
  drop(attempts_, gap.failures.size());
  unrecorded_ -= gap.unrecorded;
  if (admitted_.empty()) counters_.clear();
  since_ = clock_.UnixSeconds();
  tell_("the store can be written again: the audit trail tells of the gap, " + gap.audit.detail);
}

void GapKeeper::Finish(Store& store) {
  next_.reset();
  if (!any()) return;
  const AuditGap gap = Owed();
  if (store.RecordGap(gap).ok()) return Closed(gap);
  tell_("the audit trail will not tell of this gap, for the store could not be written to the end: " + gap.audit.detail);
}

}  // namespace fob::core
