#include "daemon/core/head_keeper.h"

#include <algorithm>
#include <utility>

namespace fob::core {

void HeadKeeper::Look() {
  context_.store.Read([last = last_](Store& store) { return See(store, last); },
                      [this](Result<Seen> seen) {
                        Consider(std::move(seen));
                        const int64_t interval = context_.settings.audit.head_interval * 1000;
                        next_ = context_.timers.After(std::min(kLookMs, interval), [this] { Look(); });
                      });
}

// Held against the last head that was signed: in this life, else in an earlier one.
Result<HeadKeeper::Seen> HeadKeeper::See(Store& store, const std::optional<SignedHead>& last) {
  Seen seen;
  FOB_TRY(seen.newest, store.TailAudit(1, std::nullopt));
  seen.last = last;
  if (!last.has_value()) {
    FOB_TRY(const KeptHeads kept, store.FindHeads());
    seen.last = kept.last;
  }
  if (seen.last.has_value()) {
    FOB_TRY(seen.fault, HoldAgainst(store, *seen.last));
  }
  return seen;
}

std::optional<AuditEntry> HeadKeeper::Missed(Seen& seen) {
  if (!seen.last.has_value()) return std::nullopt;
  const SignedHead& head = *seen.last;
  if (!signer_.Verify(HeadStatement(head.seq, head.hash), head.signature))
    seen.fault = HeadFault{head.seq, false, ForgedHead(head.seq)};
  if (!seen.fault.has_value()) return std::nullopt;
  if (std::exchange(told_missing_, head.seq) != head.seq) {
    context_.alarm(MakeError(Code::kCorrupt, "audit_trail_broken",
                             "the audit trail was tampered with: " + seen.fault->why + "; see fobctl audit verify"));
  }
  AuditEntry entry = context_.Audit(self_, "audit.broken", "");
  entry.outcome = Outcome::kFailed;
  entry.subject = std::to_string(seen.fault->seq);
  entry.detail = seen.fault->why;
  return entry;
}

void HeadKeeper::Consider(Result<Seen> seen) {
  if (!seen.ok()) return context_.alarm(seen.error());
  if (auto entry = Missed(*seen)) {
    context_.store.Write([head = *seen->last, entry = *std::move(entry)](Store& store) { return store.MissHead(head, entry); },
                         [this](const Status& kept) {
                           if (!kept.ok()) return context_.alarm(kept.error());
                           last_.reset();  // the next look signs what there is then
                         });
    return;
  }
  if (seen->newest.empty() || !IsDue(seen->newest.back())) return;
  auto head = Sign(seen->newest.back());
  if (!head.has_value()) return;
  last_ = head;
  // Told when the store has it, and with it all that it was signed for; or when the store takes nothing.
  context_.store.Write([head = *head](Store& store) { return store.SetHead(head); },
                       [this, head = *head](const Status& kept) {
                         if (!kept.ok()) context_.alarm(kept.error());
                         tell_(FormatHead(head));
                       });
}

bool HeadKeeper::IsDue(const AuditRecord& newest) const {
  if (!last_.has_value()) return true;
  const AuditSettings& settings = context_.settings.audit;
  const int64_t entries = newest.seq - last_->seq;
  const int64_t waited_ms = context_.clock.MonotonicMs() - signed_at_ms_;
  return entries != 0 && (entries >= settings.head_events || waited_ms >= settings.head_interval * 1000);
}

std::optional<SignedHead> HeadKeeper::Sign(const AuditRecord& newest) {
  auto head = SignHead(signer_, newest.seq, newest.hash);
  if (!head.ok()) {
    context_.alarm(head.error());
    return std::nullopt;
  }
  signed_at_ms_ = context_.clock.MonotonicMs();
  return *std::move(head);
}

void HeadKeeper::Finish(Store& store) {
  next_.reset();
  auto seen = See(store, last_);
  if (!seen.ok()) return context_.alarm(seen.error());
  if (const auto entry = Missed(*seen)) {
    const Status kept = store.MissHead(*seen->last, *entry);
    if (!kept.ok()) return context_.alarm(kept.error());
    last_.reset();
    seen = See(store, last_);
    if (!seen.ok()) return context_.alarm(seen.error());
  }
  if (seen->newest.empty() || (last_.has_value() && last_->seq == seen->newest.back().seq)) return;
  const auto head = Sign(seen->newest.back());
  if (!head.has_value()) return;
  last_ = head;
  if (const Status kept = store.SetHead(*head); !kept.ok()) context_.alarm(kept.error());
  tell_(FormatHead(*head));
}

}  // namespace fob::core
