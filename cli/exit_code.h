#pragma once

#include "base/result.h"

namespace fob::cli {

// What fobctl tells scripts. Stable.
enum ExitCode : int {
  kDone = 0,
  kRefused = 1,  // or a negative answer: a token that is not active, a chain that is broken
  kUsage = 2,
  kUnreachable = 3,  // no daemon, or it cannot serve now
  kGivenUp = 4,      // timed out or cancelled
  kNotPermitted = 5,
  kNotFound = 6,  // or conflicting
  kOther = 7,
};

// The one mapping from what went wrong to what scripts see.
ExitCode ExitCodeOf(Code code);

}  // namespace fob::cli
