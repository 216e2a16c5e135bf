#include "daemon/core/policy.h"

#include <algorithm>

namespace fob::core {
namespace {

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::ranges::find(list, item) != list.end();
}

bool Matches(const Rule& rule, const PolicyQuery& query) {
  if (!rule.services.empty() && !Contains(rule.services, query.service)) return false;
  if (rule.locality.has_value() && *rule.locality != query.locality) return false;
  if (!rule.users.empty() && !Contains(rule.users, query.account->name)) return false;
  return rule.groups.empty() ||
         std::ranges::any_of(query.account->groups, [&](const std::string& g) { return Contains(rule.groups, g); });
}

bool MatchesAll(const Rule& rule) {
  return rule.services.empty() && rule.groups.empty() && rule.users.empty() && !rule.locality.has_value();
}

}  // namespace

Result<Policy> Policy::Create(std::vector<Rule> rules) {
  if (rules.empty() || !MatchesAll(rules.back())) {
    return MakeError(Code::kInvalidArgument, "no_last_rule",
                     "the last policy rule must match everything: no service, group, user or locality");
  }
  return Policy(std::move(rules));
}

const Rule& Policy::Decide(const PolicyQuery& query) const {
  return *std::ranges::find_if(rules_, [&](const Rule& rule) { return Matches(rule, query); });
}

bool Policy::NamesGroups() const {
  return std::ranges::any_of(rules_, [](const Rule& rule) { return !rule.groups.empty(); });
}

bool MayWakeKey(const Rule& rule, Locality locality, std::string_view service, bool trusted) {
  if (locality == Locality::kLocal) return true;
  if (!rule.NamesService()) return false;
  return trusted || (service == kOwnService && locality == Locality::kUnknown);
}

}  // namespace fob::core
