#include "cli/exit_code.h"

namespace fob::cli {

bool IsUnreachable(const Error& error) {
  return error.reason == "daemon_unreachable" || error.reason == "disconnected";
}

ExitCode ExitCodeOf(const Error& error) {
  if (IsUnreachable(error)) return kUnreachable;
  switch (error.code) {
    case Code::kDenied: return kRefused;
    case Code::kInvalidArgument: return kUsage;
    case Code::kTimedOut:
    case Code::kCancelled: return kGivenUp;
    case Code::kNotPermitted: return ExitCode::kNotPermitted;
    case Code::kNotFound:
    case Code::kConflict: return ExitCode::kNotFound;
    case Code::kUnavailable:
    case Code::kExhausted:
    case Code::kCorrupt:
    case Code::kInternal: return kOther;
  }
  return kOther;
}

}  // namespace fob::cli
