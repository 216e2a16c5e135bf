#include "cli/exit_code.h"

namespace fob::cli {

ExitCode ExitCodeOf(Code code) {
  switch (code) {
    case Code::kDenied: return kRefused;
    case Code::kInvalidArgument: return kUsage;
    case Code::kUnavailable: return kUnreachable;
    case Code::kTimedOut:
    case Code::kCancelled: return kGivenUp;
    case Code::kNotPermitted: return ExitCode::kNotPermitted;
    case Code::kNotFound:
    case Code::kConflict: return ExitCode::kNotFound;
    case Code::kExhausted:
    case Code::kCorrupt:
    case Code::kInternal: return kOther;
  }
  return kOther;
}

}  // namespace fob::cli
