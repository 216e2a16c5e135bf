#include "daemon/core/path_verdict.h"

#include <algorithm>

namespace fob::core {
namespace {

bool HasOtp(const UserFactors& factors, OtpKind kind) {
  return std::ranges::any_of(factors.otps, [&](const OtpRecord& otp) { return otp.kind == kind; });
}

bool Has(const UserFactors& factors, Factor factor) {
  switch (factor) {
    case Factor::kKey:
    case Factor::kKeyUv:
      return !factors.keys.empty();
    case Factor::kTotp:
      return HasOtp(factors, OtpKind::kTotp);
    case Factor::kHotp:
      return HasOtp(factors, OtpKind::kHotp);
    case Factor::kRecovery:
      return !factors.recovery_codes.empty();
    case Factor::kPassword:
    case Factor::kSshKey:
      break;
  }
  return false;
}

Status Judge(const FactorPath& path, const PathFacts& facts) {
  const std::string& user = facts.factors.user.name;
  for (const Factor factor : path) {
    if (!Has(facts.factors, factor)) {
      return Denied("no_factor", user + " has no " + std::string(FactorName(factor)));
    }
    if (!IsCode(factor) && !facts.wakes_keys) {
      return Denied("key_not_here", "the security key of " + user +
                                        " is asked for only by someone at this host, unless policy names the service");
    }
    FOB_CHECK(facts.attempts.MayTry(factor, facts.origin, facts.now));
  }
  return Ok();
}

bool NeedsUv(const FactorPath& path) { return std::ranges::find(path, Factor::kKeyUv) != path.end(); }

}  // namespace

std::vector<PathVerdict> JudgePaths(const Rule& rule, const PathFacts& facts) {
  std::vector<PathVerdict> verdicts;
  for (const FactorPath& path : rule.require) verdicts.push_back({path, Judge(path, facts)});
  // A key that could not verify its user when it was enrolled may have got a PIN since; but no one is sent
  // that way who has another.
  const auto has_uv = [](const KeyRecord& key) { return key.user_verification; };
  const auto other_way = [](const PathVerdict& v) { return v.possible.ok() && !NeedsUv(v.path); };
  if (std::ranges::none_of(facts.factors.keys, has_uv) && std::ranges::any_of(verdicts, other_way)) {
    for (PathVerdict& verdict : verdicts) {
      if (NeedsUv(verdict.path) && verdict.possible.ok()) {
        verdict.possible = Denied("no_factor", facts.factors.user.name + " has no key that had a PIN or fingerprint when it was enrolled");
      }
    }
  }
  return verdicts;
}

Result<std::vector<FactorPath>> PossiblePaths(const Rule& rule, const PathFacts& facts) {
  std::vector<FactorPath> paths;
  const std::vector<PathVerdict> verdicts = JudgePaths(rule, facts);
  for (const PathVerdict& verdict : verdicts) {
    if (verdict.possible.ok()) paths.push_back(verdict.path);
  }
  if (!paths.empty()) return paths;
  for (const std::string_view reason : {"locked_out", "factor_disabled", "key_not_here"}) {
    for (const PathVerdict& verdict : verdicts) {
      if (verdict.possible.error().reason == reason) return verdict.possible.error();
    }
  }
  return Denied("no_factor", facts.factors.user.name + " has no factor of the kind that policy (" + rule.name + ") asks for");
}

}  // namespace fob::core
