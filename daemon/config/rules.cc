#include "daemon/config/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "daemon/config/values.h"

namespace fob::config {
namespace {

using core::Locality;
using core::Rule;

std::string AnyText(std::string_view) { return {}; }

void ReadOutcome(TableReader& table, Rule& rule, Problems& problems) {
  if (table.Has("require") == table.Has("action")) {
    const bool both = table.Has("require");
    return both ? table.Wrong("require", "and \"action\" exclude each other: keep one of them")
                : problems.AddMissing(table.position(), "a rule needs \"require\" or \"action\"");
  }
  if (table.Has("action")) {
    rule.action = table.Choice<Rule::Action>("action", {{"skip", Rule::Action::kSkip}, {"deny", Rule::Action::kDeny}})
                      .value_or(Rule::Action::kDeny);
    if (table.Has("unenrolled")) table.Wrong("unenrolled", "has a meaning beside \"require\" only");
    return;
  }
  rule.action = Rule::Action::kRequire;
  std::string require;
  table.Text("require", require, AnyText);
  if (!require.empty() || table.Has("require")) {
    // The text begins one column after its opening quote.
    const Position at = table.PositionOf("require");
    if (const auto problem = core::ParsePaths(require, rule.require)) {
      problems.Add({at.line, at.column + 1 + static_cast<unsigned>(problem->offset)}, "\"require\" " + problem->text);
    }
  }
  rule.unenrolled =
      table.Choice<Rule::Unenrolled>("unenrolled", {{"deny", Rule::Unenrolled::kDeny}, {"skip", Rule::Unenrolled::kSkip}})
          .value_or(Rule::Unenrolled::kDeny);
}

Rule ReadRule(TableReader& table, size_t number, Problems& problems) {
  using Doubles = TableReader::Doubles;
  Rule rule;
  rule.name = fmt::format("rule {}", number);
  rule.line = static_cast<int>(table.position().line);
  table.Text("name", rule.name, LabelProblem);
  table.Texts("service", rule.services, ServiceProblem, true, Doubles::kRefuse);
  table.Texts("group", rule.groups, AccountProblem, true, Doubles::kRefuse);
  table.Texts("user", rule.users, AccountProblem, true, Doubles::kRefuse);
  rule.locality = table.Choice<Locality>(
      "locality", {{"local", Locality::kLocal}, {"remote", Locality::kRemote}, {"unknown", Locality::kUnknown}});
  ReadOutcome(table, rule, problems);
  return rule;
}

bool MatchesEverything(const TableReader& table) {
  return !table.Has("service") && !table.Has("group") && !table.Has("user") && !table.Has("locality");
}

}  // namespace

std::vector<Rule> ReadRules(TableReader& top, Problems& problems) {
  std::vector<Rule> rules;
  std::set<std::string> names;
  std::vector<TableReader> tables = top.Tables("rule");
  if (tables.empty()) top.Missing("rule", ": the policy needs at least a last [[rule]] that matches everything");
  for (TableReader& table : tables) {
    Rule rule = ReadRule(table, rules.size() + 1, problems);
    const bool last = &table == &tables.back();
    if (!names.insert(rule.name).second) {
      problems.Add(table.PositionOf("name"), fmt::format("a second rule of the name \"{}\"", rule.name));
    }
    if (last && !MatchesEverything(table)) {
      problems.AddMissing(table.position(),
                          "the last rule must match everything: no \"service\", \"group\", \"user\" or \"locality\"");
    } else if (!last && MatchesEverything(table)) {
      problems.Add(table.position(), fmt::format("\"{}\" matches everything, so that the rules after it never apply", rule.name));
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace fob::config
