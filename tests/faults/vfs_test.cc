// Every operation on the store's files fails in turn, in every way.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "tests/faults/faults.h"
#include "tests/faults/life.h"
#include "tests/support/core_fakes/temp_folder.h"

namespace fob::testing {
namespace {

using Fault = FaultVfs::Fault;

class StoreFaults : public ::testing::Test {
 protected:
  StoreFaults() : life_(folder_.path()) {
    life_.Prepare();
    std::filesystem::copy(folder_.path(), prepared_.path(), kOver);
  }
  static constexpr auto kOver = std::filesystem::copy_options::recursive |
                                std::filesystem::copy_options::overwrite_existing;

  // The store of the beginning.
  void Rewind() {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      std::filesystem::remove(entry.path());
    std::filesystem::copy(prepared_.path(), folder_.path(), kOver);
    life_.Forget();
  }
  // How many operations of a life that goes well the fault can befall.
  int64_t CountOperations(Fault fault) {
    Rewind();
    vfs_.Arm(fault, 0);
    life_.Live();
    return vfs_.operations();
  }
  void LiveAndCheck(const Way& way, int64_t operation) {
    Rewind();
    vfs_.Arm(way.fault, operation);
    life_.Live();
    if (way.then_power_loss) vfs_.LosePower(way.keep_some, SeedOf(way, operation));
    vfs_.Uninstall();
    life_.Check();
    vfs_.Install();
  }

  TempFolder folder_, prepared_;
  Life life_;
  FaultVfs vfs_;
};

TEST_F(StoreFaults, ALifeWithoutFaultsIsWholeAfterALossOfPower) {
  for (const bool some : {false, true}) {
    Rewind();
    vfs_.Arm(Fault::kNone, 0);
    life_.Live();
    EXPECT_GE(life_.acknowledged(), 15u) << "a step fails by itself";
    vfs_.LosePower(some, 1);
    life_.Check();
  }
}

TEST_F(StoreFaults, AFirstStartThatFailsIsMadeGoodByTheNext) {
  int64_t points = 0;
  const auto start = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      std::filesystem::remove(entry.path());
    try {
      World(folder_.path()).AddOtp("alice", "phone");
    } catch (const std::runtime_error&) {
    }
  };
  for (const Way& way : kWays) {
    vfs_.Arm(way.fault, 0);
    start();
    const int64_t operations = vfs_.operations();
    for (int64_t operation = 1; operation <= operations; operation += All() ? 1 : 9) {
      SCOPED_TRACE(std::string(way.name) + ", operation " + std::to_string(operation));
      vfs_.Arm(way.fault, operation);
      start();
      if (way.then_power_loss) vfs_.LosePower(way.keep_some, SeedOf(way, operation));
      vfs_.Uninstall();
      try {
        World world(folder_.path());
        Bytes used(64 * 1024);
        world.random.Fill(used);  // ids of its own
        if (!world.store().FindUser("alice").ok()) world.AddOtp("alice", "phone");
        world.AddOtp("bob", "bobs");
        EXPECT_TRUE(world.store().CheckChain({}, 100)->done);
      } catch (const std::runtime_error& failed) {
        ADD_FAILURE() << "the store is of no more use: " << failed.what();
      }
      vfs_.Install();
      ++points;
      if (HasFailure()) return;
    }
  }
  std::printf("%lld points of a first start\n", static_cast<long long>(points));
}

TEST_F(StoreFaults, I18_I30_WhatWasAcknowledgedStandsAfterEveryFault) {
  int64_t points = 0;
  size_t acknowledged = 0;
  for (const Way& way : kWays) {
    const int64_t operations = CountOperations(way.fault);
    ASSERT_GT(operations, 20) << way.name;
    const int64_t stride = All() ? 1 : operations / 25 + 1;
    for (int64_t operation = 1; operation <= operations; operation += stride) {
      SCOPED_TRACE(std::string(way.name) + ", operation " + std::to_string(operation));
      LiveAndCheck(way, operation);
      acknowledged += life_.acknowledged();
      ++points;
      if (HasFailure()) return;
    }
  }
  std::printf("%lld crash points, %zu acknowledged steps held\n", static_cast<long long>(points),
              acknowledged);
  EXPECT_GE(points, All() ? 2000 : 150);
}

}  // namespace
}  // namespace fob::testing
