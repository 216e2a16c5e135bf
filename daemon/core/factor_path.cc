#include "daemon/core/factor_path.h"

#include <algorithm>

namespace fob::core {
namespace {

constexpr std::string_view kKnown = "known are key, key+uv, totp, hotp and recovery";

// The next part of `text` up to `mark`, without white space around it. Moves `from` behind the mark, or to npos.
std::string_view Next(std::string_view text, std::string_view mark, size_t& from) {
  const size_t end = text.find(mark, from);
  std::string_view part = text.substr(from, end == std::string_view::npos ? end : end - from);
  from = end == std::string_view::npos ? end : end + mark.size();
  while (part.starts_with(' ')) part.remove_prefix(1);
  while (part.ends_with(' ')) part.remove_suffix(1);
  return part;
}

bool IsKey(Factor factor) { return factor == Factor::kKey || factor == Factor::kKeyUv; }

std::string WordProblem(std::string_view word, const FactorPath& before) {
  const auto factor = FactorFromName(word);
  if (word.empty()) return "has an empty alternative: write \"key+uv | key then totp\"";
  if (!factor.has_value()) return "names an unknown factor \"" + std::string(word.substr(0, 64)) + "\"; " + std::string(kKnown);
  if (*factor == Factor::kPassword || *factor == Factor::kSshKey) {
    return "cannot name " + std::string(word) + ": fobd does not verify it; " + std::string(kKnown);
  }
  const auto same_kind = [&](Factor other) { return IsKey(*factor) ? IsKey(other) : IsCode(other); };
  if (std::ranges::any_of(before, same_kind)) {
    return IsKey(*factor) ? "asks for two keys in one alternative" : "asks for two codes in one alternative";
  }
  return {};
}

}  // namespace

bool Satisfies(Factor proved, Factor asked) {
  return proved == asked || (proved == Factor::kKeyUv && asked == Factor::kKey);
}

std::vector<FactorPath> Advance(const std::vector<FactorPath>& paths, Factor proved) {
  std::vector<FactorPath> on;
  for (const FactorPath& path : paths) {
    if (!path.empty() && Satisfies(proved, path.front())) on.emplace_back(path.begin() + 1, path.end());
  }
  return on;
}

bool IsComplete(const std::vector<FactorPath>& paths) {
  return std::ranges::any_of(paths, [](const FactorPath& path) { return path.empty(); });
}

std::string PathText(const FactorPath& path) {
  std::string text;
  for (const Factor factor : path) {
    if (!text.empty()) text += " then ";
    text += FactorName(factor);
  }
  return text;
}

std::optional<PathProblem> ParsePaths(std::string_view text, std::vector<FactorPath>& paths) {
  paths.clear();
  for (size_t bar = 0; bar != std::string_view::npos;) {
    const size_t begin = bar;
    const std::string_view alternative = Next(text, "|", bar);
    FactorPath path;
    for (size_t then = 0; then != std::string_view::npos;) {
      const std::string_view word = Next(alternative, " then ", then);
      if (std::string problem = WordProblem(word, path); !problem.empty()) {
        const size_t offset = word.empty() ? begin : static_cast<size_t>(word.data() - text.data());
        return PathProblem{offset, std::move(problem)};
      }
      path.push_back(*FactorFromName(word));
    }
    if (std::ranges::find(paths, path) != paths.end()) {
      return PathProblem{static_cast<size_t>(alternative.data() - text.data()), "names " + PathText(path) + " twice"};
    }
    paths.push_back(std::move(path));
  }
  return std::nullopt;
}

}  // namespace fob::core
