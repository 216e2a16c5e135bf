#include "daemon/core/rate_limiter.h"

#include <gtest/gtest.h>

#include "tests/support/core_fakes/manual_time.h"

namespace fob::core {
namespace {

TEST(RateLimiter, GivesABurstAndThenTheRate) {
  testing::ManualClock clock;
  RateLimiter limiter(clock, 3, 2);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Take(1000)) << i;
  EXPECT_FALSE(limiter.HasRoom(1000));
  EXPECT_FALSE(limiter.Take(1000));
  EXPECT_TRUE(limiter.Take(1001)) << "each uid has its own";
  clock.Advance(499);
  EXPECT_FALSE(limiter.Take(1000));
  clock.Advance(1);
  EXPECT_TRUE(limiter.Take(1000));
  EXPECT_FALSE(limiter.Take(1000));
  clock.Advance(3'600'000);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Take(1000)) << "no more than the burst is saved up";
  EXPECT_FALSE(limiter.Take(1000));
}

TEST(RateLimiter, RemembersOnlyWhoUsedIt) {
  testing::ManualClock clock;
  RateLimiter limiter(clock, 1, 1);
  EXPECT_TRUE(limiter.Take(7));
  for (uint32_t uid = 100'000; uid < 120'000; ++uid) EXPECT_TRUE(limiter.HasRoom(uid));
  EXPECT_FALSE(limiter.Take(7));
}

}  // namespace
}  // namespace fob::core
