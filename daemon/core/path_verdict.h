#pragma once

#include <vector>

#include "daemon/core/lockout.h"
#include "daemon/core/policy.h"
#include "daemon/core/ports/store.h"

namespace fob::core {

// One way that a rule leaves open, and whether this user could go it now.
struct PathVerdict {
  FactorPath path;
  Status possible = Ok();  // kDenied: "no_factor", "key_not_here", "locked_out", "factor_disabled"
};

// What tells it, beside the rule.
struct PathFacts {
  const UserFactors& factors;
  const Attempts& attempts;
  Locality origin = Locality::kUnknown;
  int64_t now = 0;
  bool wakes_keys = false;
};

std::vector<PathVerdict> JudgePaths(const Rule& rule, const PathFacts& facts);

// The possible ones, or why there is none: what passes by itself first, then what the person can mend.
Result<std::vector<FactorPath>> PossiblePaths(const Rule& rule, const PathFacts& facts);

}  // namespace fob::core
