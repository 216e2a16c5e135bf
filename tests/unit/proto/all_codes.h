#pragma once

#include "base/result.h"

namespace fob {

inline constexpr Code kAllCodes[] = {Code::kInvalidArgument, Code::kNotPermitted, Code::kDenied,    Code::kNotFound,
                                     Code::kConflict,        Code::kUnavailable,  Code::kTimedOut,  Code::kCancelled,
                                     Code::kExhausted,       Code::kCorrupt,      Code::kInternal};

}  // namespace fob
