#include "pam/arguments.h"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

namespace fob::pam {
namespace {

constexpr int64_t kMinTimeoutS = 1;
constexpr int64_t kMaxTimeoutS = 600;

Error Bad(std::string_view argument, std::string_view why) {
  return MakeError(Code::kInvalidArgument, "bad_argument",
                   "argument \"" + std::string(argument.substr(0, 128)) + "\" " + std::string(why));
}

}  // namespace

Result<Arguments> ParseArguments(std::span<const char* const> arguments) {
  Arguments out;
  std::vector<std::string_view> seen;
  for (const std::string_view argument : arguments) {
    const size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    const std::string_view value = equals == argument.npos ? "" : argument.substr(equals + 1);
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      return Bad(argument, "is given twice");
    seen.push_back(name);
    if (name == "socket") {
      if (!value.starts_with('/')) return Bad(argument, "needs an absolute path");
      if (value.size() >= sizeof(sockaddr_un::sun_path))
        return Bad(argument, "is longer than a socket's path may be");
      out.socket = value;
    } else if (name == "timeout") {
      int64_t seconds = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
      if (error != std::errc() || end != value.data() + value.size() || seconds < kMinTimeoutS ||
          seconds > kMaxTimeoutS) {
        return Bad(argument, "needs whole seconds from 1 to 600");
      }
      out.timeout_ms = seconds * 1000;
    } else if (name == "after") {
      if (value != "password") return Bad(argument, "is unknown: only after=password is");
      out.after_password = true;
    } else {
      return Bad(argument, "is unknown");
    }
  }
  return out;
}

}  // namespace fob::pam
