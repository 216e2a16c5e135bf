#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/core/factor_path.h"
#include "daemon/core/locality.h"
#include "daemon/core/records.h"

namespace fob::core {

// One rule of fobd.toml. Empty lists match everything.
struct Rule {
  enum class Action { kRequire, kSkip, kDeny };
  enum class Unenrolled { kDeny, kSkip };

  std::string name;  // as written, or "rule 3"
  int line = 0;      // in fobd.toml
  std::vector<std::string> services;
  std::vector<std::string> groups;
  std::vector<std::string> users;
  std::optional<Locality> locality;
  Action action = Action::kDeny;
  std::vector<FactorPath> require;  // any one of them; in order of preference
  Unenrolled unenrolled = Unenrolled::kDeny;
  // A key may be asked although the person is not known to sit at this host. Only a rule that names the
  // service can have it: unknown and remote wake no key otherwise.
  bool NamesService() const { return !services.empty(); }
};

// What is asked of the policy.
struct PolicyQuery {
  std::string service;
  const Account* account = nullptr;
  Locality locality = Locality::kUnknown;
};

// Ordered rules: the first match wins, and the last one matches everything.
class Policy {
 public:
  // kInvalidArgument when there is no rule or the last one does not match everything.
  static Result<Policy> Create(std::vector<Rule> rules);

  const Rule& Decide(const PolicyQuery& query) const;
  // Some rule names a group: accounts are to be looked up with theirs.
  bool NamesGroups() const;
  const std::vector<Rule>& rules() const { return rules_; }

 private:
  explicit Policy(std::vector<Rule> rules) : rules_(std::move(rules)) {}
  std::vector<Rule> rules_;
};

// What fobctl's own ceremonies are called: changes of one's factors, and fobctl login.
inline constexpr std::string_view kOwnService = "fobctl";

// Whether `rule` lets a login wake a key. Who is not trusted chooses the service it names, so that its word for it
// counts for nothing: it must sit at this host.
// One who is at nobody-knows-where may use fobctl, whose service nobody chooses, when a rule names it.
bool MayWakeKey(const Rule& rule, Locality locality, std::string_view service, bool trusted);

}  // namespace fob::core
