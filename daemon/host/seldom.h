#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace fob::host {

// Keeps what may happen at any rate from filling the journal.
class Seldom {
 public:
  Seldom(const Clock& clock, int64_t interval_ms) : clock_(clock), interval_ms_(interval_ms) {}

  // True when it was not within the last interval.
  bool Due() {
    const int64_t now = clock_.MonotonicMs();
    if (last_.has_value() && now - *last_ < interval_ms_) return false;
    last_ = now;
    return true;
  }

 private:
  const Clock& clock_;
  int64_t interval_ms_;
  std::optional<int64_t> last_;
};

}  // namespace fob::host
