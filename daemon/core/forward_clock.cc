#include "daemon/core/forward_clock.h"

#include <algorithm>

namespace fob::core {

void ForwardClock::Resume(const GrantStore::ClockMark& mark, const std::string& boot_id) {
  const int64_t mono = clock_.MonotonicMs();
  now_ = std::max(mark.seconds, mark.newest_entry_at);
  at_ms_ = mono;
  // Within one boot the monotonic clock tells how long ago that was.
  if (mark.boot_id == boot_id && mono > mark.since_boot_ms) {
    now_ = std::max(now_, mark.seconds + (mono - mark.since_boot_ms) / 1000);
  }
}

int64_t ForwardClock::Now() {
  const int64_t wall = clock_.UnixSeconds();
  const int64_t mono = clock_.MonotonicMs();
  if (wall >= now_) {
    anchor_.reset();
    if (wall > now_) at_ms_ = mono;
    now_ = wall;
    return now_;
  }
  if (!anchor_.has_value()) anchor_ = Anchor{now_, at_ms_};
  now_ = std::max(now_, anchor_->seconds + (mono - anchor_->at_ms) / 1000);
  return now_;
}

int64_t ForwardClock::Ahead() { return std::max<int64_t>(0, Now() - clock_.UnixSeconds()); }

std::optional<GrantStore::ClockMark> ForwardClock::MarkToKeep(const std::string& boot_id) {
  const int64_t now = Now();
  const int64_t mono = clock_.MonotonicMs();
  if (kept_.has_value() && now - (kept_->seconds + (mono - kept_->at_ms) / 1000) < 2) return std::nullopt;
  kept_ = Anchor{now, mono};
  GrantStore::ClockMark mark;
  mark.seconds = now;
  mark.since_boot_ms = mono;
  mark.boot_id = boot_id;
  return mark;
}

}  // namespace fob::core
