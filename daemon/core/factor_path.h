#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/factor.h"

namespace fob::core {

// Factors that are proved one after another: "key then totp".
using FactorPath = std::vector<Factor>;

// Whether `proved` is what `asked` asks for. A key with user verification is more than a key.
bool Satisfies(Factor proved, Factor asked);

// Where `proved` leads: the paths that begin with it, without their first factor.
std::vector<FactorPath> Advance(const std::vector<FactorPath>& paths, Factor proved);
// One of them has nothing left to prove.
bool IsComplete(const std::vector<FactorPath>& paths);

std::string PathText(const FactorPath& path);  // "key then totp"

// "key+uv | key then totp", the preferred path first. What is wrong, and at which byte of `text`.
struct PathProblem {
  size_t offset = 0;
  std::string text;
};
std::optional<PathProblem> ParsePaths(std::string_view text, std::vector<FactorPath>& paths);

}  // namespace fob::core
