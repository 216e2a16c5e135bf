#include "daemon/core/login_service.h"
#include "daemon/core/path_verdict.h"

// What a login would be asked for, and by which rule: the same decisions as in a LoginRun, without asking.
namespace fob::core {
namespace {

using Out = proto::login::Explain::Out;

std::string Matched(const Rule& rule) {
  return rule.name + (rule.line > 0 ? " (line " + std::to_string(rule.line) + ")" : "");
}

std::vector<std::string> Names(const FactorPath& path) {
  std::vector<std::string> names;
  for (const Factor factor : path) names.emplace_back(FactorName(factor));
  return names;
}

// A user without factors, or one that does not stand: what the rule makes of it.
bool Settled(const Rule& rule, const Account& account, const Result<UserFactors>& factors, Out& out) {
  if (!factors.ok() || !factors->any()) {
    const bool skip = rule.unenrolled == Rule::Unenrolled::kSkip;
    out.decision = skip ? Out::Decision::kSkip : Out::Decision::kDeny;
    out.why = account.name + " has no enrolled factor, and rule " + Matched(rule) + (skip ? " skips" : " denies") + " such users";
    return true;
  }
  if (factors->user.uid == account.uid && !factors->user.locked_at.has_value()) return false;
  out.decision = Out::Decision::kDeny;
  out.why = factors->user.locked_at.has_value()
                ? "an administrator has locked " + account.name + ": fobctl user unlock " + account.name
                : "the account has another uid than when it was enrolled: fobctl user rebind " + account.name;
  return true;
}

Out Explained(const Context& context, const Rule& rule, const Account& account, Locality locality, std::string_view service,
              bool trusted, const Result<UserFactors>& factors) {
  Out out;
  out.user = account.name;
  out.locality = LocalityName(locality);
  out.rule = rule.name;
  out.line = rule.line;
  if (rule.action != Rule::Action::kRequire) {
    const bool skip = rule.action == Rule::Action::kSkip;
    out.decision = skip ? Out::Decision::kSkip : Out::Decision::kDeny;
    out.why = "rule " + Matched(rule) + (skip ? " asks for no factor" : " refuses");
    return out;
  }
  if (Settled(rule, account, factors, out)) return out;
  const auto attempts = context.lockout.Of(factors->user.id, factors->failures);
  bool possible = false;
  for (const PathVerdict& verdict :
       JudgePaths(rule, {*factors, *attempts, locality, context.clock.UnixSeconds(),
                         MayWakeKey(rule, locality, service, trusted)})) {
    possible = possible || verdict.possible.ok();
    out.ways.push_back({Names(verdict.path), verdict.possible.ok() ? std::nullopt : std::optional(verdict.possible.error().text)});
  }
  out.decision = possible ? Out::Decision::kAsk : Out::Decision::kDeny;
  out.why = "rule " + Matched(rule) + (possible ? " asks for one of these ways" : " asks for one of these ways, and none can be gone now");
  return out;
}

}  // namespace

void LoginService::Explain(const Peer& peer, proto::login::Explain::In in, Reply<proto::login::Explain> reply) {
  const std::string rhost = in.rhost.value_or("");
  if (const Status good = CheckWords(in.user.value_or("self"), in.service, "", rhost); !good.ok()) return reply(good.error());
  const bool trusted = context_.authority.IsTrusted(peer);
  if (in.locality.has_value() && !trusted) {
    return reply(MakeError(Code::kNotPermitted, "not_trusted", "only an administrator may ask about another locality than the own one"));
  }
  ResolveSubject(context_, peer, in.user.value_or(""), [this, peer, trusted, rhost, in, reply = std::move(reply)](
                                                           Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    context_.host.DescribeCaller(peer, [this, trusted, rhost, in, account = *std::move(account), reply = std::move(reply)](
                                           Result<CallerFacts> caller) mutable {
      if (!caller.ok()) return reply(caller.error());
      const Locality locality = in.locality.has_value() ? static_cast<Locality>(*in.locality)
                                                        : LocalityOf(rhost, "", *caller, trusted);
      const Rule& rule = context_.policy.Decide({in.service, &account, locality});
      context_.store.Read(
          [name = account.name, uid = account.uid](Store& store) { return store.LoadFactors(name, uid); },
          [this, &rule, account, locality, service = in.service, trusted, reply = std::move(reply)](Result<UserFactors> factors) {
            if (!factors.ok() && factors.error().code != Code::kNotFound) return reply(factors.error());
            reply(Explained(context_, rule, account, locality, service, trusted, factors));
          });
    });
  });
}

}  // namespace fob::core
