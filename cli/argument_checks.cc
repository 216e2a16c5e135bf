#include "cli/argument_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <utility>

#include "base/utf8.h"
#include "cli/text.h"

namespace fob::cli {
namespace {

constexpr size_t kMaxText = 4096;  // bytes

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Levenshtein's distance.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row[b.size()];
}

// What is long, as a mistake may be, is not repeated in full.
std::string Repeated(std::string_view text) { return Printable(CutToWidth(text, 60)); }

}  // namespace

std::string ShownName(const std::string& names) {
  return names.front() == '-' ? names.substr(names.rfind(',') + 1)
                              : names.substr(0, names.find(','));
}

std::string TextProblem(const std::string& names, const std::string& text) {
  const std::string name = ShownName(names);
  if (text.empty()) return name + (names.ends_with("--user") ? " \"\" names nobody" : " is empty");
  if (!IsUtf8(text)) return name + " is not UTF-8";
  if (text.size() > kMaxText) return fmt::format("{} is longer than {} bytes", name, kMaxText);
  return "";
}

std::string DurationProblem(const std::string& names, const std::string& text, int64_t least_ms,
                            int64_t most_ms) {
  const auto ms = ParseDurationMs(text);
  if (ms && *ms >= least_ms && *ms <= most_ms) return "";
  return fmt::format("{} \"{}\" is not a duration from {} to {}, such as 90s, 15m, 24h or 30d",
                     ShownName(names), Repeated(text), Duration(least_ms), Duration(most_ms));
}

std::string NumberProblem(const std::string& names, const std::string& text, int64_t least,
                          int64_t most) {
  const auto value = ParseNumber(text);
  if (value && *value >= least && *value <= most) return "";
  const std::string upwards = most == INT64_MAX ? "upwards" : fmt::format("to {}", most);
  return fmt::format("{} \"{}\" is not a number from {} {}", ShownName(names), Repeated(text),
                     least, upwards);
}

std::string OneOfProblem(const std::string& names, const std::string& text,
                         const std::vector<int64_t>& allowed) {
  const auto value = ParseNumber(text);
  if (value && std::ranges::find(allowed, *value) != allowed.end()) return "";
  return fmt::format("{} \"{}\" is not {}", ShownName(names), Repeated(text),
                     fmt::join(allowed, " or "));
}

std::string Nearest(std::string_view typed, std::span<const std::string> words) {
  const auto nearest = std::ranges::min_element(
      words, {}, [&](const std::string& word) { return Distance(typed, word); });
  const bool near = nearest != words.end() &&
                    Distance(typed, *nearest) <= std::max<size_t>(2, typed.size() / 3);
  return near ? *nearest : "";
}

}  // namespace fob::cli
