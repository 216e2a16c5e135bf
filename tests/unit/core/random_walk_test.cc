// Random sequences of events: whatever happens in whatever order, nothing is granted, stored or set before it is
// verified, durable and confirmed.

#include <gtest/gtest.h>

#include "tests/support/ceremonies/any_event.h"
#include "tests/support/ceremonies/device_walk.h"
#include "tests/support/ceremonies/enrol_walk.h"
#include "tests/support/ceremonies/login_walk.h"

namespace fob::core {
namespace {

using testing::Dice;

constexpr int kWalks = 20'000;
constexpr int kLength = 24;

TEST(RandomWalk, ALoginIsGrantedOnlyWhenVerifiedAndCommitted) {
  int grants = 0;
  int longer = 0;
  int refusals = 0;
  for (int seed = 0; seed < kWalks; ++seed) {
    Dice dice(static_cast<uint64_t>(seed));
    testing::LoginWalk walk(testing::AnyWays(dice));
    for (int i = 0; i < kLength; ++i) {
      ASSERT_EQ(walk.Take(testing::AnyEvent(walk.state(), dice)), "") << "walk " << seed << ", step " << i;
    }
    grants += walk.granted() ? 1 : 0;
    longer += walk.granted() && walk.proved() > 1 ? 1 : 0;
    refusals += walk.refused() ? 1 : 0;
  }
  EXPECT_GT(grants, kWalks / 400);  // the walks do get there
  EXPECT_GT(longer, 0);
  EXPECT_GT(refusals, kWalks / 100);
}

TEST(RandomWalk, FactorsChangeOnlyWhenProvedVerifiedAndCommitted) {
  constexpr int kActions = static_cast<int>(EnrolAction::kTestKey) + 1;
  std::array<int, kActions> finished{};
  for (int seed = 0; seed < kWalks; ++seed) {
    Dice dice(static_cast<uint64_t>(seed) + 1'000'000);
    const int action = dice.Roll(kActions);
    const bool proof_needed = !dice.OneIn(3);
    testing::EnrolWalk walk(static_cast<EnrolAction>(action), proof_needed, testing::AnyPlan(dice));
    for (int i = 0; i < kLength; ++i) {
      ASSERT_EQ(walk.Take(testing::AnyEvent(walk.state(), dice)), "") << "walk " << seed << ", step " << i;
    }
    finished[static_cast<size_t>(action)] += walk.finished() ? 1 : 0;
  }
  for (int action = 0; action < kActions; ++action) EXPECT_GT(finished[static_cast<size_t>(action)], 0) << action;
}

TEST(RandomWalk, AKeyIsGivenAPinOrResetOnlyAsConfirmed) {
  constexpr int kActions = static_cast<int>(DeviceAction::kReset) + 1;
  std::array<int, kActions> finished{};
  for (int seed = 0; seed < kWalks; ++seed) {
    Dice dice(static_cast<uint64_t>(seed) + 2'000'000);
    const int action = dice.Roll(kActions);
    testing::DeviceWalk walk(static_cast<DeviceAction>(action), dice.Roll(4));
    for (int i = 0; i < kLength; ++i) {
      ASSERT_EQ(walk.Take(testing::AnyEvent(walk.state(), dice)), "") << "walk " << seed << ", step " << i;
    }
    finished[static_cast<size_t>(action)] += walk.finished() ? 1 : 0;
  }
  for (int action = 0; action < kActions; ++action) EXPECT_GT(finished[static_cast<size_t>(action)], 0) << action;
}

}  // namespace
}  // namespace fob::core
