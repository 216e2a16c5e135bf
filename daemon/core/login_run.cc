#include "daemon/core/login_run.h"

#include <algorithm>
#include <utility>

namespace fob::core {
namespace {

bool Requires(const Rule& rule, Factor factor) {
  return std::ranges::find(rule.require, factor) != rule.require.end();
}

Error Denied(std::string_view reason, std::string text) { return MakeError(Code::kDenied, reason, std::move(text)); }

}  // namespace

LoginRun::LoginRun(const Context& context, LoginRequest request, TurnSink sink)
    : context_(context), request_(std::move(request)), sink_(std::move(sink)) {}

void LoginRun::Start() {
  deadline_ = context_.timers.After(request_.timeout_ms, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->Feed(ProofEvent{TimedOut{}});
  });
  // Who may act for itself alone has nobody else looked up.
  const auto name = ForOthers() ? std::optional(request_.user) : std::nullopt;
  const auto groups = context_.policy.NamesGroups() ? Host::Groups::kLookUp : Host::Groups::kSkip;
  context_.host.Identify(request_.peer, name, groups, Later(&LoginRun::OnParties));
}

void LoginRun::OnParties(Result<Parties> parties) {
  if (over_) return;
  if (!parties.ok()) {
    if (parties.error().code != Code::kNotFound) return Refuse(parties.error());
    return Refuse(Denied("unknown_user", "there is no account " + request_.user + " on this host"));
  }
  account_ = std::move(parties->account);
  if (!ForOthers() && account_.name != request_.user) {
    return Refuse(MakeError(Code::kNotPermitted, "other_user", "only a trusted caller may run a login for " + request_.user));
  }
  const CallerFacts& caller = parties->caller;
  boot_id_ = caller.boot_id;
  program_ = caller.executable;
  locality_ = LocalityOf(request_.rhost, request_.tty, caller, context_.authority.IsTrusted(request_.peer));
  rule_ = &context_.policy.Decide({request_.service, &account_, locality_});
  switch (rule_->action) {
    case Rule::Action::kSkip:
      return Skip();
    case Rule::Action::kDeny:
      return Refuse(Denied("policy", "policy (" + rule_->name + ") denies " + request_.service + " to " + account_.name));
    case Rule::Action::kRequire:
      break;
  }
  context_.store.ReadFew([name = account_.name, uid = account_.uid](Store& store) { return store.LoadFactors(name, uid); },
                      Later(&LoginRun::OnFactors));
}

void LoginRun::OnFactors(Result<UserFactors> factors) {
  if (over_) return;
  if (!factors.ok() && factors.error().code != Code::kNotFound) return Refuse(factors.error());
  if (!factors.ok() || (factors->keys.empty() && factors->otps.empty())) {
    if (rule_->unenrolled == Rule::Unenrolled::kSkip) return Skip();
    return Refuse(Denied("not_enrolled", account_.name + " has no enrolled factor: an administrator can help with fobctl"));
  }
  factors_ = *std::move(factors);
  if (factors_.user.uid != account_.uid) {
    return Refuse(Denied("user_changed", "the account " + account_.name +
                                             " is not the one that was enrolled: an administrator must run fobctl user rebind"));
  }
  auto plan = Plan();
  if (!plan.ok()) return Refuse(plan.error());
  state_.proof.plan = *std::move(plan);
  Feed(ProofEvent{Begun{}});
}

Result<ProofPlan> LoginRun::Plan() const {
  ProofPlan plan;
  plan.user = account_.name;
  plan.service = request_.service;
  const bool key_allowed = Requires(*rule_, Factor::kKey) || Requires(*rule_, Factor::kKeyUv);
  plan.key = key_allowed && !factors_.keys.empty() && MayWakeKey(*rule_, locality_, ForOthers());
  plan.key_uv = !Requires(*rule_, Factor::kKey);
  plan.code = Requires(*rule_, Factor::kTotp) && !factors_.otps.empty();
  if (plan.key || plan.code) return plan;
  if (key_allowed && !factors_.keys.empty()) {
    return Denied("key_not_here", "the security key of " + account_.name +
                                      " is asked for only by someone at this host, unless policy names the service");
  }
  return Denied("no_factor", account_.name + " has no factor of the kind that policy (" + rule_->name + ") asks for");
}

void LoginRun::Answer(SecretBytes answer, TurnSink sink) {
  if (refusal_.has_value()) return sink.last(*refusal_);
  sink_ = std::move(sink);
  Feed(ProofEvent{Answered{std::move(answer)}});
}

void LoginRun::Abandon() {
  const TurnSink gone = std::exchange(sink_, {});  // it may be what is running
  Feed(ProofEvent{CallerGone{}});
}

void LoginRun::Feed(LoginEvent event) {
  events_.push_back(std::move(event));
  if (running_) return;
  const auto self = shared_from_this();
  running_ = true;
  while (!events_.empty()) {
    LoginEvent next = std::move(events_.front());
    events_.pop_front();
    LoginStep step = Step(std::move(state_), std::move(next));
    state_ = std::move(step.state);
    for (LoginEffect& effect : step.effects) Run(std::move(effect));
  }
  running_ = false;
}

void LoginRun::Run(LoginEffect effect) {
  if (auto* proof = std::get_if<ProofEffect>(&effect)) return RunProof(std::move(*proof));
  if (auto* commit = std::get_if<CommitLogin>(&effect)) return Commit(commit->evidence);
  if (auto* refuse = std::get_if<RefuseLogin>(&effect)) return Refuse(refuse->error);
  Grant();
}

void LoginRun::RunProof(ProofEffect effect) {
  if (auto* tell = std::get_if<Tell>(&effect)) {
    Turn turn;
    turn.info = std::move(tell->info);
    if (sink_.more) sink_.more(std::move(turn));
  } else if (auto* ask = std::get_if<AskPerson>(&effect)) {
    Turn turn;
    turn.ask = std::move(ask->ask);
    Reply(std::move(turn));
  } else if (auto* drive = std::get_if<DriveKey>(&effect)) {
    if (driver_ == nullptr) {
      driver_ = std::make_unique<KeyDriver>(
          context_,
          KeyAsker{request_.peer, context_.authority.IsTrusted(request_.peer), account_.name, request_.service, program_,
                   request_.tty},
          [this](EnrolEvent event) { Feed(std::get<ProofEvent>(std::move(event))); },
          [this](proto::Info info) { RunProof(Tell{std::move(info)}); });
    }
    driver_->Assert(factors_.keys, drive->uv, std::move(drive->pin));
  } else if (std::holds_alternative<StopKey>(effect)) {
    driver_->Stop();
  } else if (auto* code = std::get_if<VerifyCode>(&effect)) {
    VerifyCodeNow(code->code);
  } else if (std::holds_alternative<VerifyAssertion>(effect)) {
    VerifyAssertionNow();
  } else {
    Feed(ProofEvent{Verified{Denied("no_enrol_code", "an enrolment code is no login")}});
  }
}

void LoginRun::VerifyCodeNow(const SecretBytes& code) {
  Result<std::optional<Evidence>> outcome = Denied("wrong_code", "that code is not right");
  for (const OtpRecord& otp : factors_.otps) {
    const auto step = context_.verifier.MatchTotp(otp, code, context_.clock.UnixSeconds(), context_.settings.totp_window);
    if (!step.ok()) continue;
    commit_.otp_step = ProofCommit::OtpStep{otp.id, *step};
    outcome = std::optional(Evidence{Factor::kTotp, otp.id, false});
    break;
  }
  Feed(ProofEvent{Verified{std::move(outcome)}});
}

void LoginRun::VerifyAssertionNow() {
  const auto verify = [&]() -> Result<std::optional<Evidence>> {
    AssertionClaim claim;
    FOB_TRY(const KeyRecord key, driver_->TakeAssertion(factors_.keys, claim));
    FOB_TRY(const VerifiedAssertion verified, context_.verifier.VerifyAssertion(key, claim));
    if (!verified.user_present) {
      return Denied("not_present", "the key did not confirm that it was touched");
    }
    commit_.key_use = ProofCommit::KeyUse{key.id, verified.counter, verified.backed_up,
                                          context_.settings.deny_counter_regress};
    const bool hardware = key.attestation == Attestation::kVerified && !verified.backup_eligible && !verified.backed_up;
    return std::optional(Evidence{verified.user_verified ? Factor::kKeyUv : Factor::kKey, key.id, hardware});
  };
  Feed(ProofEvent{Verified{verify()}});
}

LoginRecord LoginRun::NewLogin(const std::vector<Evidence>& evidence) const {
  const int64_t now = context_.clock.UnixSeconds();
  LoginRecord login;
  login.id = context_.random.Id("login_");
  login.user_id = factors_.user.id;
  login.user = account_.name;
  login.sub = factors_.user.sub;
  login.uid = account_.uid;
  login.service = request_.service;
  login.tty = request_.tty;
  login.rhost = request_.rhost;
  login.factors = FactorNames(evidence);
  login.amr = AmrOf(evidence);
  login.acr = AcrOf(evidence);
  login.multi_factor = IsMultiFactor(evidence);
  login.rule = rule_->name;
  login.authenticated_at = now;
  login.confirm_before = now + context_.settings.confirm_within;
  login.expires_at = now + context_.settings.login_lifetime;
  login.boot_id = boot_id_;
  return login;
}

void LoginRun::Commit(const Evidence& evidence) {
  std::vector<Evidence> all = request_.vouched;
  all.push_back(evidence);
  commit_.user_id = factors_.user.id;
  commit_.uid = account_.uid;
  commit_.audit = Audit();
  commit_.audit.subject = evidence.id;
  std::string& detail = commit_.audit.detail;
  for (const std::string& name : FactorNames(all)) detail += (detail.empty() ? "" : " ") + name;
  // Elevation proves presence and yields no login; nor does a caller who acts for itself.
  const bool elevation = context_.settings.elevation_services.contains(request_.service);
  if (!elevation && ForOthers()) {
    commit_.login = NewLogin(all);
    if (commit_.key_use.has_value()) commit_.login->key = commit_.key_use->key;
    if (commit_.otp_step.has_value()) commit_.login->otp = commit_.otp_step->otp;
    handle_ = context_.NewBearer("handle_");
    commit_.handle_hash = context_.HashText(handle_);
  }
  context_.store.Write([commit = commit_](Store& store) { return store.CommitProof(commit); },
                       [weak = weak_from_this()](Status outcome) {
                         if (auto self = weak.lock()) self->Feed(Committed{std::move(outcome)});
                       });
}

AuditEntry LoginRun::Audit() const {
  AuditEntry entry = context_.Audit(request_.peer, "login", account_.name.empty() ? request_.user : account_.name);
  entry.service = request_.service;
  entry.tty = request_.tty;
  entry.rhost = request_.rhost;
  if (rule_ != nullptr) entry.rule = rule_->name;
  return entry;
}

void LoginRun::Reply(Result<Turn> turn) {
  if (!sink_.last) return;
  const TurnSink sink = std::exchange(sink_, {});
  sink.last(std::move(turn));
}

void LoginRun::Skip() {
  over_ = true;
  deadline_.reset();
  AuditEntry entry = Audit();
  entry.detail = "skip";
  context_.RecordThen(std::move(entry), [self = shared_from_this()] {
    Turn turn;
    turn.granted = proto::Granted{proto::Granted::Outcome::kSkip, self->request_.user, {}, self->rule_->name, {}, {}};
    self->Reply(std::move(turn));
  });
}

void LoginRun::Refuse(const Error& error) {
  if (std::exchange(over_, true)) return;
  refusal_ = error;
  deadline_.reset();
  if (driver_ != nullptr) driver_->Stop();
  AuditEntry entry = Audit();
  if (commit_.key_use.has_value()) entry.subject = commit_.key_use->key;
  Refused(entry, error);
  context_.RecordThen(std::move(entry), [self = shared_from_this(), error] { self->Reply(error); });
}

void LoginRun::Grant() {
  over_ = true;
  deadline_.reset();
  Turn turn;
  turn.granted = proto::Granted{};
  turn.granted->outcome = proto::Granted::Outcome::kEvent;
  turn.granted->user = request_.user;  // as it was asked for: PAM_USER may be an alias
  turn.granted->factors = FactorNames(request_.vouched);
  turn.granted->factors.emplace_back(FactorName(state_.proof.evidence->factor));
  turn.granted->rule = rule_->name;
  if (commit_.login.has_value()) {
    turn.granted->outcome = proto::Granted::Outcome::kLogin;
    turn.granted->handle = std::move(handle_);
    turn.granted->expires_at = commit_.login->expires_at;
  }
  Reply(std::move(turn));
}

}  // namespace fob::core
