#include "daemon/core/login_run.h"

#include <utility>

#include "daemon/core/path_verdict.h"
#include "daemon/core/stranger.h"
#include "daemon/core/wrong_pin.h"

namespace fob::core {
namespace {

// From an answer that comes from afar to its refusal: longer than any of the ways there takes.
constexpr int64_t kPaceMs = 250;
constexpr uint32_t kNobody = UINT32_MAX;

}  // namespace

LoginRun::LoginRun(const Context& context, LoginRequest request, TurnSink sink)
    : context_(context), request_(std::move(request)), conversation_(std::move(sink)), evidence_(request_.vouched) {}

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
    const Error unknown = Denied("unknown_user", "there is no account " + request_.user + " on this host");
    if (!FromAfar()) return Refuse(unknown);
    // Looked for in the store like any other.
    context_.store.ReadFew([name = request_.user](Store& store) { return store.LoadFactors(name, kNobody); },
                           [weak = weak_from_this(), unknown](const Result<UserFactors>& factors) {
                             auto self = weak.lock();
                             if (self == nullptr || self->over_) return;
                             const bool read = factors.ok() || factors.error().code == Code::kNotFound;
                             read ? self->RefuseAccount(unknown) : self->Refuse(factors.error());
                           });
    return;
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
      return RefuseAccount(Denied("policy", "policy (" + rule_->name + ") denies " + request_.service + " to " + account_.name));
    case Rule::Action::kRequire:
      break;
  }
  context_.store.ReadFew([name = account_.name, uid = account_.uid](Store& store) { return store.LoadFactors(name, uid); },
                      Later(&LoginRun::OnFactors));
}

void LoginRun::OnFactors(Result<UserFactors> factors) {
  if (over_) return;
  if (!factors.ok() && factors.error().code != Code::kNotFound) return Refuse(factors.error());
  if (!factors.ok() || !factors->any()) {
    if (rule_->unenrolled == Rule::Unenrolled::kSkip) return Skip();
    return RefuseAccount(Denied("not_enrolled", account_.name + " has no enrolled factor: an administrator can help with fobctl"));
  }
  if (factors->user.uid != account_.uid) {
    return RefuseAccount(Denied("user_changed", "the account " + account_.name +
                                                    " is not the one that was enrolled: an administrator must run fobctl user rebind"));
  }
  if (factors->user.locked_at.has_value()) {
    return RefuseAccount(Denied("user_locked", "an administrator has locked " + account_.name));
  }
  const Status asked = Ask(*rule_, *std::move(factors));
  if (asked.ok()) return;
  const bool lacks = asked.error().reason == "no_factor" || asked.error().reason == "key_not_here";
  lacks ? RefuseAccount(asked.error()) : Refuse(asked.error());
}

Status LoginRun::Ask(const Rule& rule, UserFactors factors) {
  proof_ = std::make_shared<ProofRun>(
      context_, conversation_,
      ProofSubject{request_.peer, context_.authority.IsTrusted(request_.peer), request_.service, program_, request_.tty,
                   account_, locality_, std::move(factors), hidden_.has_value()},
      [this](EnrolEvent event) { OnProof(std::get<ProofEvent>(std::move(event))); });
  FOB_TRY(auto paths, PossiblePaths(rule, {proof_->factors(), proof_->attempts(), locality_, context_.clock.UnixSeconds(),
                                           MayWakeKey(rule, locality_, request_.service, ForOthers())}));
  LoginCeremony& ceremony = machine_.state;
  ceremony.paths = std::move(paths);
  ProofPlan& plan = ceremony.proof.plan;
  plan.user = account_.name;
  plan.service = request_.service;
  plan = PlanFor(ceremony.paths, std::move(plan));
  Feed(ProofEvent{Begun{}});
  return Ok();
}

bool LoginRun::FromAfar() const {
  return !request_.rhost.empty() && ForOthers() && !context_.settings.elevation_services.contains(request_.service);
}

void LoginRun::RefuseAccount(const Error& error) {
  const Account stranger{request_.user, kNobody, kNobody, {}};
  const Rule& rule = context_.policy.Decide({request_.service, &stranger, Locality::kRemote});
  // Where nobody is asked, or who is not enrolled is let by, there is nothing to hide behind.
  if (!FromAfar() || rule.action != Rule::Action::kRequire || rule.unenrolled == Rule::Unenrolled::kSkip) return Refuse(error);
  hidden_ = error;
  account_ = stranger;
  locality_ = Locality::kRemote;
  const Status asked = Ask(rule, Stranger(account_.name, rule, context_.random));
  if (asked.ok()) return;
  // Held back like a user who guessed too often, or there is no code to ask for.
  Refuse(asked.error().reason == "no_factor" ? error : asked.error());
}

void LoginRun::Answer(SecretBytes answer, TurnSink sink) {
  answered_at_ms_ = context_.clock.MonotonicMs();
  if (conversation_.Resume(std::move(sink))) Feed(ProofEvent{Answered{std::move(answer)}});
}

void LoginRun::Abandon() {
  conversation_.Leave();
  Feed(ProofEvent{CallerGone{}});
}

// A wrong PIN is in the trail before anybody is asked again.
void LoginRun::OnProof(ProofEvent event) {
  const auto* failed = std::get_if<KeyFailed>(&event);
  if (failed == nullptr || !IsWrongPin(failed->error)) return Feed(std::move(event));
  AuditEntry entry = WrongPinEvent(Audit(), failed->error);
  if (proof_->keys().size() == 1) entry.subject = proof_->keys().front().id;  // else nobody knows which it was
  context_.RecordThen(std::move(entry), [weak = weak_from_this(), error = failed->error] {
    if (auto self = weak.lock()) self->Feed(ProofEvent{KeyFailed{error}});
  });
}

void LoginRun::Feed(LoginEvent event) {
  const auto self = shared_from_this();
  machine_.Feed(std::move(event), [this](LoginEffect effect) { Run(std::move(effect)); });
}

void LoginRun::Run(LoginEffect effect) {
  if (auto* proof = std::get_if<ProofEffect>(&effect)) return proof_->Run(std::move(*proof));
  if (auto* commit = std::get_if<CommitLogin>(&effect)) return Commit(*commit);
  if (auto* refuse = std::get_if<RefuseLogin>(&effect)) return Refuse(refuse->error);
  Grant();
}

// Elevation proves presence and yields no login. Who acts for itself alone gets one from fobctl login only, where a
// rule is made for it.
bool LoginRun::YieldsLogin() const {
  if (context_.settings.elevation_services.contains(request_.service)) return false;
  return ForOthers() || (request_.service == kOwnService && rule_->NamesService());
}

LoginRecord LoginRun::NewLogin() const {
  const int64_t now = context_.clock.UnixSeconds();
  const UserRecord& user = proof_->factors().user;
  LoginRecord login;
  login.id = context_.random.Id("login_");
  login.user_id = user.id;
  login.user = account_.name;
  login.sub = user.sub;
  login.uid = account_.uid;
  login.service = request_.service;
  login.tty = request_.tty;
  login.rhost = request_.rhost;
  login.factors = FactorNames(evidence_);
  login.amr = AmrOf(evidence_);
  login.acr = AcrOf(evidence_);
  login.multi_factor = IsMultiFactor(evidence_);
  login.rule = rule_->name;
  for (const Evidence& evidence : evidence_) {
    if (evidence.id.starts_with("key_")) login.key = evidence.id;
    if (evidence.id.starts_with("otp_")) login.otp = evidence.id;
  }
  login.authenticated_at = now;
  login.expires_at = context_.forward.Now() + context_.settings.login_lifetime;
  login.boot_id = boot_id_;
  return login;
}

void LoginRun::Commit(const CommitLogin& proved) {
  if (hidden_.has_value()) return Feed(Committed{*hidden_});  // nobody proves anything in a stranger's name
  evidence_.push_back(proved.evidence);
  ProofCommit commit = proof_->TakeCommit(proved.evidence);
  commit.audit = Audit();
  commit.audit.subject = proved.evidence.id;
  std::string& detail = commit.audit.detail;
  if (proved.complete) {
    for (const std::string& name : FactorNames(evidence_)) detail += (detail.empty() ? "" : " ") + name;
    if (YieldsLogin()) {
      login_ = NewLogin();
      handle_ = context_.NewBearer("handle_");
      commit.login = login_;
      commit.handle_hash = context_.HashText(handle_);
      commit.confirm_before = context_.forward.Now() + context_.settings.confirm_within;
    }
  } else {
    commit.audit.action = "login.prove";
    detail = FactorName(proved.evidence.factor);
  }
  context_.store.Write([commit](Store& store) { return store.CommitProof(commit); },
                       [weak = weak_from_this(), commit, passes = PassesWithoutStore(proved, commit)](Status outcome) {
                         auto self = weak.lock();
                         if (self == nullptr) return;
                         if (outcome.ok()) self->proof_->Forgive(commit.forgiven);
                         if (passes && GapKeeper::Opens(outcome)) return self->CommitWithoutStore(commit);
                         self->Feed(Committed{std::move(outcome)});
                       });
}

// A key's challenge was fresh, so nothing has to be written to know that its answer is new; the step of a code has.
// Who asks for a login and gets none is refused.
bool LoginRun::PassesWithoutStore(const CommitLogin& proved, const ProofCommit& commit) const {
  return proved.complete && commit.key_use.has_value() && request_.service != kOwnService;
}

// No login, then, and no handle: nothing would be left of them. What can be read is held against the proof once more.
void LoginRun::CommitWithoutStore(ProofCommit commit) {
  login_.reset();
  handle_ = SecretBytes();
  context_.store.Read([commit](Store& store) { return store.CheckProof(commit); },
                      [weak = weak_from_this(), commit](Result<std::string> checked) mutable {
                        auto self = weak.lock();
                        if (self == nullptr) return;
                        if (!checked.ok()) return self->Feed(Committed{checked.error()});
                        if (!checked->empty()) commit.audit.detail += " " + *checked;
                        Status admitted = self->context_.gaps.Admit(std::move(commit));
                        if (admitted.ok()) {
                          self->conversation_.Tell({proto::Info::Kind::kNotice,
                                                    "fobd cannot write its store: this login gives no web rights. Tell your administrator."});
                        }
                        self->Feed(Committed{std::move(admitted)});
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

void LoginRun::Skip() {
  over_ = true;
  deadline_.reset();
  AuditEntry entry = Audit();
  entry.detail = "skip";
  context_.RecordThen(std::move(entry), [self = shared_from_this()] {
    Turn turn;
    turn.granted = proto::Granted{proto::Granted::Outcome::kSkip, self->request_.user, {}, self->rule_->name, {}, {}};
    self->conversation_.Reply(std::move(turn));
  });
}

void LoginRun::Refuse(const Error& error) {
  if (std::exchange(over_, true)) return;
  conversation_.Refused(error);
  deadline_.reset();
  if (proof_ != nullptr) proof_->Stop();
  AuditEntry entry = Audit();
  if (proof_ != nullptr) entry.subject = proof_->claimed_key();
  Refused(entry, hidden_.value_or(error));
  if (proof_ != nullptr) proof_->NameTried(entry);
  context_.RecordThen(std::move(entry), [self = shared_from_this(), error] { self->ReplyRefusal(error); });
}

// What was looked up and written before a refusal is not to be told from the time that it took.
void LoginRun::ReplyRefusal(const Error& error) {
  const int64_t now = context_.clock.MonotonicMs();
  const int64_t wait = FromAfar() ? answered_at_ms_.value_or(now - kPaceMs) + kPaceMs - now : 0;
  if (wait <= 0) return conversation_.Reply(error);
  pace_ = context_.timers.After(wait, [weak = weak_from_this(), error] {
    if (auto self = weak.lock()) self->conversation_.Reply(error);
  });
}

void LoginRun::Grant() {
  over_ = true;
  deadline_.reset();
  Turn turn;
  turn.granted = proto::Granted{};
  turn.granted->outcome = proto::Granted::Outcome::kEvent;
  turn.granted->user = request_.user;  // as it was asked for: PAM_USER may be an alias
  turn.granted->factors = FactorNames(evidence_);
  turn.granted->rule = rule_->name;
  if (login_.has_value()) {
    turn.granted->outcome = proto::Granted::Outcome::kLogin;
    turn.granted->handle = std::move(handle_);
    turn.granted->expires_at = login_->expires_at;
  }
  conversation_.Reply(std::move(turn));
}

}  // namespace fob::core
