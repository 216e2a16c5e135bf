#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "base/clock.h"

namespace fob::core {

// How much of something each uid may do: a bucket of `burst` that fills again at `per_second`. Trusted callers are not
// asked.
class RateLimiter {
 public:
  RateLimiter(const Clock& clock, double burst, double per_second)
      : clock_(clock), burst_(burst), per_second_(per_second) {}

  // Whether one more is left; takes nothing.
  bool HasRoom(uint32_t uid) { return Filled(uid).tokens >= 1; }
  // Takes one; false when none is left.
  bool Take(uint32_t uid);

 private:
  struct Bucket {
    double tokens = 0;
    int64_t at_ms = 0;
  };
  Bucket& Filled(uint32_t uid);

  static constexpr size_t kMaxBuckets = 4096;
  const Clock& clock_;
  double burst_;
  double per_second_;
  std::unordered_map<uint32_t, Bucket> buckets_;
};

// What uids that are not trusted may cost: each ends in an audit entry, a look-up or a guess.
struct RateLimits {
  explicit RateLimits(const Clock& clock)
      : ceremonies(clock, 20, 1), refusals(clock, 20, 1), lookups(clock, 200, 50) {}
  RateLimiter ceremonies;  // begun: also bounds guesses of codes
  RateLimiter refusals;    // that the audit trail records
  RateLimiter lookups;     // of accounts and callers
};

}  // namespace fob::core
