#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

#include "tests/support/fault_points.h"
#include "tests/support/fault_vfs/fault_vfs.h"

namespace fob::testing {

// What becomes of the store's files.
struct Way {
  const char* name;
  FaultVfs::Fault fault;
  bool then_power_loss;  // at the end, or at the operation itself
  bool keep_some;        // of what was not synced
};
inline constexpr Way kWays[] = {
    {"the disk is full from then on", FaultVfs::Fault::kNoSpace, false, false},
    {"the disk is full from then on, then no power", FaultVfs::Fault::kNoSpace, true, true},
    {"one I/O error", FaultVfs::Fault::kIoError, false, false},
    {"one I/O error, then no power", FaultVfs::Fault::kIoError, true, true},
    {"one short write", FaultVfs::Fault::kShortWrite, false, false},
    {"one short write, then no power", FaultVfs::Fault::kShortWrite, true, false},
    {"no power, all is lost that was not synced", FaultVfs::Fault::kPowerLoss, true, false},
    {"no power, some is lost that was not synced", FaultVfs::Fault::kPowerLoss, true, true},
    {"no power, some other is lost that was not synced", FaultVfs::Fault::kPowerLoss, true, true},
};
// A seed for what is lost.
inline uint64_t SeedOf(const Way& way, int64_t operation) {
  return static_cast<uint64_t>(operation) * std::size(kWays) + static_cast<uint64_t>(&way - kWays);
}

}  // namespace fob::testing
