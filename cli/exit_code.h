#pragma once

#include "base/result.h"

namespace fob::cli {

// What fobctl tells scripts. Stable.
enum ExitCode : int {
  kDone = 0,
  kRefused = 1,  // or a negative answer: a token that is not active, a chain that is broken
  kUsage = 2,
  kUnreachable = 3,  // no daemon, or it went away
  kGivenUp = 4,      // timed out or cancelled
  kNotPermitted = 5,
  kNotFound = 6,  // or conflicting
  kOther = 7,
};

// The one mapping from what went wrong to what scripts see.
ExitCode ExitCodeOf(const Error& error);

// Whether fobd itself could not be asked, or went away before it answered. What it says it cannot do now is its answer.
bool IsUnreachable(const Error& error);

}  // namespace fob::cli
