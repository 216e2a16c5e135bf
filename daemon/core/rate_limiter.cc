#include "daemon/core/rate_limiter.h"

#include <algorithm>
#include <iterator>

namespace fob::core {

RateLimiter::Bucket& RateLimiter::Filled(uint32_t uid) {
  const int64_t now = clock_.MonotonicMs();
  const auto refill = [&](Bucket& bucket) {
    bucket.tokens = std::min(burst_, bucket.tokens + static_cast<double>(now - bucket.at_ms) * per_second_ / 1000);
    bucket.at_ms = now;
  };
  // A full bucket is as good as none.
  if (buckets_.size() >= kMaxBuckets) {
    for (auto at = buckets_.begin(); at != buckets_.end();) {
      refill(at->second);
      at = at->second.tokens >= burst_ ? buckets_.erase(at) : std::next(at);
    }
  }
  const auto [entry, added] = buckets_.try_emplace(uid, Bucket{burst_, now});
  if (!added) refill(entry->second);
  return entry->second;
}

bool RateLimiter::Take(uint32_t uid) {
  Bucket& bucket = Filled(uid);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace fob::core
