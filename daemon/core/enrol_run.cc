#include "daemon/core/enrol_run.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "daemon/core/enrol_code.h"
#include "daemon/core/present.h"

namespace fob::core {
namespace {

constexpr size_t kMaxKeys = 32;
constexpr size_t kMaxOtps = 8;
constexpr int kActivationLookAhead = 10;  // codes that a token may have shown before it is enrolled
constexpr std::string_view kService = "fobctl";

// As long as the hash, which RFC 4226 clause 4 R6 and RFC 6238 clause 5.1 advise.
size_t SecretSize(OtpAlgorithm algorithm) {
  switch (algorithm) {
    case OtpAlgorithm::kSha1: return 20;
    case OtpAlgorithm::kSha256: return 32;
    case OtpAlgorithm::kSha512: break;
  }
  return 64;
}

std::string_view ActionName(const EnrolRequest& request) {
  switch (request.action) {
    case EnrolAction::kEnrolKey: return "key.enrol";
    case EnrolAction::kEnrolOtp: return "otp.enrol";
    case EnrolAction::kRemove: return request.otp_subject ? "otp.remove" : "key.remove";
    case EnrolAction::kTestKey: break;
  }
  return "key.test";
}

OtpRecord CopyOf(const OtpRecord& otp) {
  OtpRecord out;
  out.id = otp.id;
  out.user = otp.user;
  out.name = otp.name;
  out.kind = otp.kind;
  out.algorithm = otp.algorithm;
  out.digits = otp.digits;
  out.period = otp.period;
  out.secret = otp.secret.Clone();
  out.last_step = otp.last_step;
  out.created_at = otp.created_at;
  out.last_used_at = otp.last_used_at;
  return out;
}

}  // namespace

EnrolRun::EnrolRun(const Context& context, EnrolRequest request, TurnSink sink)
    : context_(context), request_(std::move(request)), sink_(std::move(sink)) {}

void EnrolRun::Start() {
  deadline_ = context_.timers.After(request_.timeout_ms, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->Feed(ProofEvent{TimedOut{}});
  });
  ResolveSubject(context_, request_.peer, request_.user, [weak = weak_from_this()](Result<Account> account) {
    if (auto self = weak.lock()) self->OnAccount(std::move(account));
  });
}

void EnrolRun::OnAccount(Result<Account> account) {
  if (over_) return;
  if (!account.ok()) return Refuse(account.error());
  account_ = *std::move(account);
  context_.host.DescribeCaller(request_.peer, [weak = weak_from_this()](Result<CallerFacts> caller) {
    if (auto self = weak.lock()) self->OnCaller(std::move(caller));
  });
}

void EnrolRun::OnCaller(Result<CallerFacts> caller) {
  if (over_) return;
  if (!caller.ok()) return Refuse(caller.error());
  caller_ = *std::move(caller);
  context_.store.Read([name = account_.name, uid = account_.uid](Store& store) { return store.LoadFactors(name, uid); },
                      [weak = weak_from_this()](Result<UserFactors> factors) {
                        if (auto self = weak.lock()) self->OnFactors(std::move(factors));
                      });
}

void EnrolRun::OnFactors(Result<UserFactors> factors) {
  if (over_) return;
  if (factors.ok()) {
    factors_ = *std::move(factors);
    sub_ = factors_.user.sub;
    if (factors_.user.uid != account_.uid) {
      return Refuse(MakeError(Code::kConflict, "user_changed",
                              "the account " + account_.name +
                                  " is not the one that was enrolled: run fobctl user rebind first"));
    }
  } else if (factors.error().code == Code::kNotFound) {
    sub_ = context_.random.Id("");
  } else {
    return Refuse(factors.error());
  }
  if (const Status checked = CheckRequest(); !checked.ok()) return Refuse(checked.error());
  const bool wakes_key = request_.action == EnrolAction::kEnrolKey || request_.action == EnrolAction::kTestKey;
  if (wakes_key && !MayWakeKeys()) {
    return Refuse(MakeError(Code::kDenied, "key_not_here", "a security key is asked for only by someone at this host, "
                                                           "unless policy names the service fobctl"));
  }
  state_.action = request_.action;
  state_.name = request_.factor;
  state_.proof.plan = Plan();
  state_.proof_needed = !trusted();
  Feed(ProofEvent{Begun{}});
}

Status EnrolRun::CheckRequest() {
  const auto named = [&](const auto& factor) { return factor.id == request_.factor || factor.name == request_.factor; };
  const bool have_key = std::ranges::any_of(factors_.keys, named);
  const bool have_otp = std::ranges::any_of(factors_.otps, named);
  if (request_.action == EnrolAction::kEnrolKey || request_.action == EnrolAction::kEnrolOtp) {
    const bool key = request_.action == EnrolAction::kEnrolKey;
    if (key ? have_key : have_otp) {
      return MakeError(Code::kConflict, "name_taken", account_.name + " already has one named " + request_.factor);
    }
    if (key ? factors_.keys.size() >= kMaxKeys : factors_.otps.size() >= kMaxOtps) {
      return MakeError(Code::kExhausted, "too_many_factors", account_.name + " has too many of them: remove one first");
    }
    return Ok();
  }
  if (request_.otp_subject ? !have_otp : !have_key) {
    return MakeError(Code::kNotFound, request_.otp_subject ? "no_such_otp" : "no_such_key",
                     account_.name + " has no " + (request_.otp_subject ? "otp" : "key") + " named " + request_.factor);
  }
  if (request_.action == EnrolAction::kTestKey) {
    std::ranges::copy_if(factors_.keys, std::back_inserter(proof_keys_), named);
  }
  return Ok();
}

ProofPlan EnrolRun::Plan() const {
  ProofPlan plan;
  plan.user = account_.name;
  plan.service = kService;
  if (request_.action == EnrolAction::kTestKey) {
    plan.key = true;
    return plan;
  }
  plan.key = !factors_.keys.empty() && MayWakeKeys();
  plan.code = !factors_.otps.empty();
  // Such a code is for the first factor alone, and is consumed by enrolling it.
  plan.enrol_code = request_.action != EnrolAction::kRemove && factors_.keys.empty() && factors_.otps.empty();
  return plan;
}

bool EnrolRun::MayWakeKeys() const {
  if (trusted()) return true;
  const Locality locality = LocalityOf("", "", caller_, false);
  if (locality == Locality::kRemote) return false;
  // The service is ours, not the caller's word.
  return MayWakeKey(context_.policy.Decide({std::string(kService), &account_, locality}), locality, true);
}

void EnrolRun::Answer(SecretBytes answer, TurnSink sink) {
  if (refusal_.has_value()) return sink.last(*refusal_);
  sink_ = std::move(sink);
  Feed(ProofEvent{Answered{std::move(answer)}});
}

void EnrolRun::Abandon() {
  const TurnSink gone = std::exchange(sink_, {});  // it may be what is running
  Feed(ProofEvent{CallerGone{}});
}

void EnrolRun::Feed(EnrolEvent event) {
  if (over_) return;
  events_.push_back(std::move(event));
  if (running_) return;
  const auto self = shared_from_this();
  running_ = true;
  while (!events_.empty()) {
    EnrolEvent next = std::move(events_.front());
    events_.pop_front();
    EnrolStep step = Step(std::move(state_), std::move(next));
    state_ = std::move(step.state);
    for (EnrolEffect& effect : step.effects) Run(std::move(effect));
  }
  running_ = false;
}

void EnrolRun::Run(EnrolEffect effect) {
  if (auto* proof = std::get_if<ProofEffect>(&effect)) {
    RunProof(std::move(*proof));
  } else if (auto* make = std::get_if<MakeCredential>(&effect)) {
    Driver().Make({context_.settings.rp_id, Base64UrlEncode(AsBytes(sub_)), request_.discoverable, factors_.keys},
                  std::move(make->pin));
  } else if (auto* offer = std::get_if<OfferOtp>(&effect)) {
    Offer(std::move(offer->ask));
  } else if (std::holds_alternative<VerifyCredential>(effect)) {
    VerifyNewCredential();
  } else if (auto* activation = std::get_if<VerifyActivation>(&effect)) {
    VerifyNewOtp(activation->code);
  } else if (std::holds_alternative<CommitEnrolment>(effect)) {
    Commit();
  } else if (std::holds_alternative<FinishEnrolment>(effect)) {
    Finish();
  } else {
    Refuse(std::get<RefuseEnrolment>(effect).error);
  }
}

KeyDriver& EnrolRun::Driver() {
  if (driver_ == nullptr) {
    driver_ = std::make_unique<KeyDriver>(
        context_, KeyAsker{request_.peer, trusted(), account_.name, std::string(kService), caller_.executable, ""},
        [this](EnrolEvent event) { Feed(std::move(event)); },
        [this](proto::Info info) { RunProof(Tell{std::move(info)}); });
  }
  return *driver_;
}

void EnrolRun::RunProof(ProofEffect effect) {
  if (auto* tell = std::get_if<Tell>(&effect)) {
    Turn turn;
    turn.info = std::move(tell->info);
    if (sink_.more) sink_.more(std::move(turn));
  } else if (auto* ask = std::get_if<AskPerson>(&effect)) {
    Turn turn;
    turn.ask = std::move(ask->ask);
    Reply(std::move(turn));
  } else if (auto* drive = std::get_if<DriveKey>(&effect)) {
    if (proof_keys_.empty()) proof_keys_ = factors_.keys;
    Driver().Assert(proof_keys_, drive->uv, std::move(drive->pin));
  } else if (std::holds_alternative<StopKey>(effect)) {
    Driver().Stop();
  } else if (auto* code = std::get_if<VerifyCode>(&effect)) {
    ProveByCode(code->code);
  } else if (auto* enrol_code = std::get_if<VerifyEnrolCode>(&effect)) {
    ProveByEnrolCode(enrol_code->code);
  } else {
    ProveByAssertion();
  }
}

void EnrolRun::ProveByCode(const SecretBytes& code) {
  for (const OtpRecord& otp : factors_.otps) {
    const auto step = context_.verifier.MatchTotp(otp, code, context_.clock.UnixSeconds(), context_.settings.totp_window);
    if (!step.ok()) continue;
    ProofCommit commit;
    commit.otp_step = ProofCommit::OtpStep{otp.id, *step};
    return CommitProof(std::move(commit), {Factor::kTotp, otp.id, false});
  }
  Feed(ProofEvent{Verified{MakeError(Code::kDenied, "wrong_code", "that code is not right")}});
}

void EnrolRun::ProveByEnrolCode(const SecretBytes& code) {
  enrol_code_hash_ = context_.HashText(NormalizeEnrolCode(code));
  context_.store.Read(
      [name = account_.name, hash = *enrol_code_hash_, now = context_.clock.UnixSeconds()](Store& store) {
        return store.EnrolCodeIsGood(name, hash, now);
      },
      [weak = weak_from_this()](Result<bool> good) {
        auto self = weak.lock();
        if (self == nullptr) return;
        Result<std::optional<Evidence>> outcome = std::optional<Evidence>();
        if (!good.ok()) outcome = good.error();
        if (good.ok() && !*good) outcome = MakeError(Code::kDenied, "wrong_enrol_code", "that enrolment code is not good (any more)");
        self->Feed(ProofEvent{Verified{std::move(outcome)}});
      });
}

void EnrolRun::ProveByAssertion() {
  ProofCommit commit;
  const auto verify = [&]() -> Result<Evidence> {
    AssertionClaim claim;
    FOB_TRY(const KeyRecord key, Driver().TakeAssertion(proof_keys_, claim));
    FOB_TRY(const VerifiedAssertion verified, context_.verifier.VerifyAssertion(key, claim));
    if (!verified.user_present) {
      return MakeError(Code::kDenied, "not_present", "the key did not confirm that it was touched");
    }
    commit.key_use = ProofCommit::KeyUse{key.id, verified.counter, verified.backed_up,
                                                          context_.settings.deny_counter_regress};
    return Evidence{verified.user_verified ? Factor::kKeyUv : Factor::kKey, key.id, false};
  };
  const Result<Evidence> evidence = verify();
  if (!evidence.ok()) return Feed(ProofEvent{Verified{evidence.error()}});
  CommitProof(std::move(commit), *evidence);
}

void EnrolRun::VerifyNewCredential() {
  const auto verify = [&]() -> Status {
    FOB_TRY(const CredentialClaim claim, Driver().TakeCredential());
    FOB_TRY(new_key_, context_.verifier.VerifyCredential(claim));
    new_key_.id = context_.random.Id("key_");
    new_key_.user = account_.name;
    new_key_.name = request_.factor;
    new_key_.rp_id = claim.rp_id;
    new_key_.discoverable = request_.discoverable;
    new_key_.transports = Driver().transports();
    new_key_.created_at = context_.clock.UnixSeconds();
    return Ok();
  };
  Feed(FactorVerified{verify()});
}

void EnrolRun::Offer(proto::Ask ask) {
  if (new_otp_.id.empty()) {
    new_otp_ = std::move(request_.otp);
    new_otp_.id = context_.random.Id("otp_");
    new_otp_.user = account_.name;
    new_otp_.name = request_.factor;
    new_otp_.created_at = context_.clock.UnixSeconds();
    if (new_otp_.secret.empty()) new_otp_.secret = context_.random.TakeSecret(SecretSize(new_otp_.algorithm));
  }
  Turn turn;
  turn.offer.emplace();
  turn.offer->otpauth_uri = context_.verifier.OtpAuthUri(new_otp_, context_.settings.rp_id);
  turn.offer->otp_secret = Base32Encode(new_otp_.secret);
  turn.ask = std::move(ask);
  Reply(std::move(turn));
}

void EnrolRun::VerifyNewOtp(const SecretBytes& code) {
  const auto step = new_otp_.kind == OtpKind::kHotp
                        ? context_.verifier.MatchHotp(new_otp_, code, kActivationLookAhead)
                        : context_.verifier.MatchTotp(new_otp_, code, context_.clock.UnixSeconds(), context_.settings.totp_window);
  if (step.ok()) new_otp_.last_step = *step;
  Feed(FactorVerified{step.ok() ? Ok() : Status(step.error())});
}

Store::NewFactor EnrolRun::NewFactor() const {
  const auto& proved = state_.proof.evidence;
  return {account_, sub_, enrol_code_hash_, Audit(), proved.has_value() ? proved->id : ""};
}

// A code or touch counts as a proof once it cannot be used again.
void EnrolRun::CommitProof(ProofCommit commit, const Evidence& evidence) {
  commit.user_id = factors_.user.id;
  commit.uid = account_.uid;
  commit.audit = Audit();
  if (request_.action != EnrolAction::kTestKey) commit.audit.action = "enrol.prove";
  commit.audit.subject = evidence.id;
  commit.audit.detail = FactorName(evidence.factor);
  context_.store.Write([commit = std::move(commit)](Store& store) { return store.CommitProof(commit); },
                       [weak = weak_from_this(), evidence](const Status& outcome) {
                         auto self = weak.lock();
                         if (self == nullptr) return;
                         Result<std::optional<Evidence>> verified = std::optional(evidence);
                         if (!outcome.ok()) verified = outcome.error();
                         self->Feed(ProofEvent{Verified{std::move(verified)}});
                       });
}

void EnrolRun::Commit() {
  if (request_.action == EnrolAction::kTestKey) return Feed(Committed{Ok()});  // its proof was all
  const auto finish = [weak = weak_from_this()](auto member) {
    return [weak, member](auto outcome) {
      auto self = weak.lock();
      if (self == nullptr) return;
      if (outcome.ok()) self->done_.*member = Present(*outcome);
      self->Feed(Committed{outcome.ok() ? Ok() : Status(outcome.error())});
    };
  };
  const bool remove = request_.action == EnrolAction::kRemove;
  if (remove && request_.otp_subject) {
    context_.store.Write([user = account_.name, uid = account_.uid, otp = request_.factor, audit = Audit()](
                             Store& store) { return store.RemoveOtp(user, uid, otp, audit); },
                         finish(&proto::Done::otp));
  } else if (remove) {
    context_.store.Write([user = account_.name, uid = account_.uid, key = request_.factor, audit = Audit()](
                             Store& store) { return store.RemoveKey(user, uid, key, audit); },
                         finish(&proto::Done::key));
  } else if (request_.action == EnrolAction::kEnrolKey) {
    context_.store.Write([factor = NewFactor(), key = new_key_](Store& store) { return store.AddKey(factor, key); },
                         finish(&proto::Done::key));
  } else {
    context_.store.Write(
        [factor = NewFactor(), otp = CopyOf(new_otp_)](Store& store) { return store.AddOtp(factor, otp); },
        finish(&proto::Done::otp));
  }
}

AuditEntry EnrolRun::Audit() const {
  AuditEntry entry = context_.Audit(request_.peer, ActionName(request_), account_.name);
  entry.service = kService;
  if (request_.action == EnrolAction::kEnrolKey) entry.subject = new_key_.id;
  if (request_.action == EnrolAction::kEnrolOtp) entry.subject = new_otp_.id;
  entry.detail = request_.factor;
  return entry;
}

void EnrolRun::Reply(Result<Turn> turn) {
  if (!sink_.last) return;
  const TurnSink sink = std::exchange(sink_, {});
  sink.last(std::move(turn));
}

void EnrolRun::Refuse(const Error& error) {
  if (std::exchange(over_, true)) return;
  refusal_ = error;
  deadline_.reset();
  if (driver_ != nullptr) driver_->Stop();
  AuditEntry entry = Audit();
  Refused(entry, error);
  context_.RecordThen(std::move(entry), [self = shared_from_this(), error] { self->Reply(error); });
}

void EnrolRun::Finish() {
  over_ = true;
  deadline_.reset();
  switch (request_.action) {
    case EnrolAction::kEnrolKey:
      done_.message = "Key \"" + request_.factor + "\" is enrolled for " + account_.name + ".";
      break;
    case EnrolAction::kEnrolOtp:
      done_.message = "Codes of \"" + request_.factor + "\" are good for " + account_.name + " now.";
      break;
    case EnrolAction::kRemove:
      done_.message = "\"" + request_.factor + "\" of " + account_.name + " is removed.";
      break;
    case EnrolAction::kTestKey:
      done_.key = Present(proof_keys_.front());
      done_.message = "Key \"" + proof_keys_.front().name + "\" answered, and its signature is good.";
      break;
  }
  Turn turn;
  turn.done = std::move(done_);
  Reply(std::move(turn));
}

}  // namespace fob::core
