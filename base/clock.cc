#include "base/clock.h"

#include <time.h>

namespace fob {

int64_t SystemClock::UnixSeconds() const { return ::time(nullptr); }

int64_t SystemClock::MonotonicMs() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace fob
