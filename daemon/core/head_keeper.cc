#include "daemon/core/head_keeper.h"

#include <algorithm>

namespace fob::core {

void HeadKeeper::Look() {
  context_.store.Read([](Store& store) { return store.TailAudit(1, std::nullopt); },
                      [this](Result<std::vector<AuditRecord>> newest) {
                        Consider(std::move(newest));
                        const int64_t interval = context_.settings.audit.head_interval * 1000;
                        next_ = context_.timers.After(std::min(kLookMs, interval), [this] { Look(); });
                      });
}

void HeadKeeper::Consider(Result<std::vector<AuditRecord>> newest) {
  if (!newest.ok()) return context_.alarm(newest.error());
  if (newest->empty()) return;
  const AuditSettings& settings = context_.settings.audit;
  const int64_t entries = newest->back().seq - (last_.has_value() ? last_->seq : 0);
  const int64_t waited_ms = context_.clock.MonotonicMs() - signed_at_ms_;
  const bool due = !last_.has_value() || entries >= settings.head_events ||
                   waited_ms >= settings.head_interval * 1000;
  if (entries != 0 && due) Sign(newest->back());
}

void HeadKeeper::Sign(const AuditRecord& newest) {
  auto head = SignHead(signer_, newest.seq, newest.hash);
  if (!head.ok()) return context_.alarm(head.error());
  tell_(FormatHead(*head));
  last_ = *std::move(head);
  signed_at_ms_ = context_.clock.MonotonicMs();
}

void HeadKeeper::Finish(Store& store) {
  next_.reset();
  const auto newest = store.TailAudit(1, std::nullopt);
  if (!newest.ok()) return context_.alarm(newest.error());
  if (!newest->empty() && (!last_.has_value() || last_->seq != newest->back().seq))
    Sign(newest->back());
}

}  // namespace fob::core
