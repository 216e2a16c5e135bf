#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "daemon/core/ports/grant_store.h"

namespace fob::core {

// Time that never runs back: what was used up, has expired or was ended stays so when the wall clock is
// set back. It is the wall clock's time while that goes forward, and goes on at the pace of the
// monotonic clock from where it was when the wall clock falls behind, until that has caught up. Tokens
// tell times of the wall clock, because others read them.
class ForwardClock {
 public:
  explicit ForwardClock(const Clock& clock) : clock_(clock) {}

  // How late it was when the store was last written to; `boot_id` is the present one.
  void Resume(const GrantStore::ClockMark& mark, const std::string& boot_id);

  int64_t Now();
  // The wall clock's word for a time of ours.
  int64_t ToWall(int64_t seconds) { return seconds - Ahead(); }
  int64_t Ahead();  // of the wall clock; seconds, not negative

  // What to keep, when it is ahead of what was kept last by more than a second or so.
  std::optional<GrantStore::ClockMark> MarkToKeep(const std::string& boot_id);

 private:
  const Clock& clock_;
  int64_t now_ = 0;
  int64_t at_ms_ = 0;  // of the monotonic clock, when it was `now_`
  // Where the wall clock fell behind.
  struct Anchor {
    int64_t seconds;
    int64_t at_ms;
  };
  std::optional<Anchor> anchor_;
  std::optional<Anchor> kept_;
};

}  // namespace fob::core
