#include "daemon/host/sessions_gone.h"

#include <algorithm>
#include <set>

namespace fob::host {
namespace {

constexpr std::string_view kAudit = "audit:";
constexpr std::string_view kLogind = "logind:";

}  // namespace

Result<std::vector<std::string>> FindSessionsGone(const std::vector<std::string>& asked, const ProcFiles& proc,
                                                  const Sessions& sessions) {
  const Error unknown = MakeError(Code::kUnavailable, "sessions_unknown",
                                  "cannot see which sessions there are: let fobd see all processes in /proc");
  std::set<std::string> there;
  if (std::ranges::any_of(asked, [](const std::string& name) { return name.starts_with(kAudit); })) {
    // Process 1 is there and another's: who cannot see it cannot see sessions either.
    if (!proc.Sees(1)) return unknown;
    const auto pids = proc.Pids();
    if (pids.empty()) return unknown;
    for (const int32_t pid : pids) {
      if (const auto session = proc.Session(pid)) there.insert(std::string(kAudit) + std::to_string(*session));
    }
  }
  std::vector<std::string> gone;
  for (const std::string& name : asked) {
    const bool logind = name.starts_with(kLogind);
    if (logind ? !sessions.IsThere(name.substr(kLogind.size())) : name.starts_with(kAudit) && !there.contains(name)) {
      gone.push_back(name);
    }
  }
  return gone;
}

}  // namespace fob::host
