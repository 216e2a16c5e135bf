#include "daemon/core/enrol_run.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "daemon/core/attestation_policy.h"
#include "daemon/core/one_time_code.h"
#include "daemon/core/path_verdict.h"
#include "daemon/core/present.h"
#include "daemon/core/wrong_pin.h"

namespace fob::core {
namespace {

constexpr size_t kRecoveryCodes = 10;

// As long as the hash, which RFC 4226 clause 4 R6 and RFC 6238 clause 5.1 advise.
size_t SecretSize(OtpAlgorithm algorithm) {
  switch (algorithm) {
    case OtpAlgorithm::kSha1: return 20;
    case OtpAlgorithm::kSha256: return 32;
    case OtpAlgorithm::kSha512: break;
  }
  return 64;
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
    : context_(context), request_(std::move(request)), conversation_(std::move(sink)) {}

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
  locality_ = LocalityOf("", "", *caller, trusted());
  program_ = caller->executable;
  context_.store.Read([name = account_.name, uid = account_.uid](Store& store) { return store.LoadFactors(name, uid); },
                      [weak = weak_from_this()](Result<UserFactors> factors) {
                        if (auto self = weak.lock()) self->OnFactors(std::move(factors));
                      });
}

void EnrolRun::OnFactors(Result<UserFactors> factors) {
  if (over_) return;
  if (!factors.ok() && factors.error().code != Code::kNotFound) return Refuse(factors.error());
  if (factors.ok() && factors->user.uid != account_.uid) {
    return Refuse(MakeError(Code::kConflict, "user_changed",
                            "the account " + account_.name +
                                " is not the one that was enrolled: run fobctl user rebind first"));
  }
  if (factors.ok() && factors->user.locked_at.has_value() && !trusted()) {
    return Refuse(MakeError(Code::kDenied, "user_locked", "an administrator has locked " + account_.name));
  }
  sub_ = factors.ok() ? factors->user.sub : context_.random.Id("");
  proof_ = std::make_shared<ProofRun>(
      context_, conversation_,
      ProofSubject{request_.peer, trusted(), std::string(kOwnService), program_, "", account_, locality_,
                   factors.ok() ? *std::move(factors) : UserFactors()},
      [this](EnrolEvent event) { OnProof(std::move(event)); });
  std::vector<KeyRecord> tested;
  if (const Status checked = CheckRequest(tested); !checked.ok()) return Refuse(checked.error());
  const bool wakes_key = request_.action == EnrolAction::kEnrolKey || request_.action == EnrolAction::kTestKey;
  if (wakes_key && !MayWakeKeys()) {
    return Refuse(MakeError(Code::kDenied, "key_not_here", "a security key is asked for only by someone at this host, "
                                                           "unless policy names the service fobctl"));
  }
  if (!tested.empty()) proof_->Narrow(std::move(tested));
  EnrolCeremony& ceremony = machine_.state;
  ceremony.action = request_.action;
  ceremony.name = request_.factor;
  ceremony.proof.plan = Plan();
  // A browser's user has just signed in: that is the proof.
  ceremony.proof_needed = !trusted() && request_.peer.browser == nullptr;
  Feed(ProofEvent{Begun{}});
}

Status EnrolRun::CheckRequest(std::vector<KeyRecord>& tested) const {
  const auto named = [&](const auto& factor) { return factor.id == request_.factor || factor.name == request_.factor; };
  const bool have_key = std::ranges::any_of(factors().keys, named);
  const bool have_otp = std::ranges::any_of(factors().otps, named);
  switch (request_.action) {
    case EnrolAction::kEnrolKey:
    case EnrolAction::kEnrolOtp: {
      const bool key = request_.action == EnrolAction::kEnrolKey;
      if (key ? have_key : have_otp) {
        return MakeError(Code::kConflict, "name_taken", account_.name + " already has one named " + request_.factor);
      }
      if (key ? factors().keys.size() >= kMaxKeysOfUser : factors().otps.size() >= kMaxOtpsOfUser) {
        return MakeError(Code::kExhausted, "too_many_factors", account_.name + " has too many of them: remove one first");
      }
      return Ok();
    }
    case EnrolAction::kRecoveryCodes:
      if (!factors().keys.empty() || !factors().otps.empty()) return Ok();
      return MakeError(Code::kConflict, "no_factor_yet", account_.name + " has no key or otp yet that recovery codes could stand in for");
    case EnrolAction::kRemoveOtp:
      if (have_otp) return Ok();
      return MakeError(Code::kNotFound, "no_such_otp", account_.name + " has no otp named " + request_.factor);
    case EnrolAction::kRemoveKey:
    case EnrolAction::kRenameKey:
    case EnrolAction::kTestKey:
      break;
  }
  if (!have_key) return MakeError(Code::kNotFound, "no_such_key", account_.name + " has no key named " + request_.factor);
  if (request_.action == EnrolAction::kTestKey) std::ranges::copy_if(factors().keys, std::back_inserter(tested), named);
  return Ok();
}

ProofPlan EnrolRun::Plan() const {
  ProofPlan about;
  about.user = account_.name;
  about.service = kOwnService;
  about.purpose = Purpose();
  if (request_.action == EnrolAction::kTestKey) return PlanFor({{Factor::kKey}}, about);
  Rule any;
  any.require = {{Factor::kKey}, {Factor::kTotp}, {Factor::kHotp}, {Factor::kRecovery}};
  const auto paths = PossiblePaths(any, {factors(), proof_->attempts(), locality_, context_.clock.UnixSeconds(), MayWakeKeys()});
  ProofPlan plan = PlanFor(paths.ok() ? *paths : std::vector<FactorPath>(), about);
  // Such a code is for the first factor alone, and is consumed by enrolling it.
  const bool enrols = request_.action == EnrolAction::kEnrolKey || request_.action == EnrolAction::kEnrolOtp;
  plan.enrol_code = enrols && factors().keys.empty() && factors().otps.empty();
  return plan;
}

std::string EnrolRun::Purpose() const {
  const std::string quoted = "\"" + request_.factor + "\"";
  switch (request_.action) {
    case EnrolAction::kEnrolKey: return ", to enrol the key " + quoted;
    case EnrolAction::kEnrolOtp: return ", to enrol the otp " + quoted;
    case EnrolAction::kRemoveKey: return ", to remove the key " + quoted;
    case EnrolAction::kRemoveOtp: return ", to remove the otp " + quoted;
    case EnrolAction::kRenameKey: return ", to rename the key " + quoted;
    case EnrolAction::kRecoveryCodes: return ", to make recovery codes";
    case EnrolAction::kTestKey: break;
  }
  return ", to test the key " + quoted;
}

bool EnrolRun::MayWakeKeys() const {
  if (trusted()) return true;
  return MayWakeKey(context_.policy.Decide({std::string(kOwnService), &account_, locality_}), locality_, kOwnService, false);
}

void EnrolRun::Answer(SecretBytes answer, TurnSink sink) {
  if (conversation_.Resume(std::move(sink))) Feed(ProofEvent{Answered{std::move(answer)}});
}

void EnrolRun::Abandon() {
  conversation_.Leave();
  Feed(ProofEvent{CallerGone{}});
}

// What is proved has to be used up before anything follows from it.
void EnrolRun::OnProof(EnrolEvent event) {
  if (over_) return;
  auto* proof = std::get_if<ProofEvent>(&event);
  const auto* failed = proof == nullptr ? nullptr : std::get_if<KeyFailed>(proof);
  if (failed != nullptr && IsWrongPin(failed->error)) return OnWrongPin(failed->error);
  auto* verified = proof == nullptr ? nullptr : std::get_if<Verified>(proof);
  const bool proved = verified != nullptr && verified->evidence.ok() && verified->evidence->has_value();
  if (proved) return CommitProof(**verified->evidence);
  Feed(std::move(event));
}

// It is in the trail before anybody is asked again.
void EnrolRun::OnWrongPin(const Error& error) {
  AuditEntry entry = WrongPinEvent(AuditOfRefusal(), error);
  context_.RecordThen(std::move(entry), [weak = weak_from_this(), error] {
    if (auto self = weak.lock()) self->Feed(ProofEvent{KeyFailed{error}});
  });
}

void EnrolRun::Feed(EnrolEvent event) {
  if (over_) return;
  const auto self = shared_from_this();
  machine_.Feed(std::move(event), [this](EnrolEffect effect) { Run(std::move(effect)); });
}

void EnrolRun::Run(EnrolEffect effect) {
  if (auto* proof = std::get_if<ProofEffect>(&effect)) {
    proof_->Run(std::move(*proof));
  } else if (auto* make = std::get_if<MakeCredential>(&effect)) {
    proof_->Driver().Make({context_.settings.rp_id, Base64UrlEncode(AsBytes(sub_)), request_.discoverable, factors().keys},
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

void EnrolRun::VerifyNewCredential() {
  const auto verify = [&]() -> Status {
    KeyDriver& driver = proof_->Driver();
    FOB_TRY(CredentialClaim claim, driver.TakeCredential());
    claim.now = context_.clock.UnixSeconds();
    FOB_TRY(new_key_, context_.verifier.VerifyCredential(claim));
    FOB_CHECK(CheckAttestation(context_.settings.attestation, new_key_));
    new_key_.id = context_.random.Id("key_");
    new_key_.user = account_.name;
    new_key_.name = request_.factor;
    new_key_.rp_id = claim.rp_id;
    new_key_.discoverable = request_.discoverable;
    new_key_.transports = driver.transports();
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
  conversation_.Reply(std::move(turn));
}

void EnrolRun::VerifyNewOtp(const SecretBytes& code) {
  const auto step = MatchCode(context_, new_otp_, code);
  if (step.ok()) new_otp_.last_step = *step;
  Feed(FactorVerified{step.ok() ? Ok() : Status(step.error())});
}

Store::NewFactor EnrolRun::NewFactor() const {
  const auto& proved = machine_.state.proof.evidence;
  const std::shared_ptr<const BrowserUser>& browser = request_.peer.browser;
  return {account_, sub_, proof_->enrol_code_hash(), Audit(),
          proved.has_value() ? proved->id : browser != nullptr ? browser->proved_by : ""};
}

void EnrolRun::CommitProof(const Evidence& evidence) {
  ProofCommit commit = proof_->TakeCommit(evidence);
  commit.audit = Audit();
  if (request_.action != EnrolAction::kTestKey) commit.audit.action = "enrol.prove";
  commit.audit.subject = evidence.id;
  commit.audit.detail = FactorName(evidence.factor);
  context_.store.Write([commit](Store& store) { return store.CommitProof(commit); },
                       [weak = weak_from_this(), forgiven = commit.forgiven, evidence](const Status& outcome) {
                         auto self = weak.lock();
                         if (self == nullptr || self->over_) return;
                         Result<std::optional<Evidence>> verified = std::optional(evidence);
                         if (!outcome.ok()) verified = outcome.error();
                         if (outcome.ok()) self->proof_->Forgive(forgiven);
                         self->Feed(ProofEvent{Verified{std::move(verified)}});
                       });
}

template <typename Change>
void EnrolRun::Write(Change change) {
  context_.store.Write(std::move(change), [weak = weak_from_this()](auto outcome) {
    auto self = weak.lock();
    if (self == nullptr) return;
    if constexpr (std::is_same_v<decltype(outcome), Result<KeyRecord>>) {
      if (outcome.ok()) self->done_.key = Present(*outcome);
    } else if constexpr (std::is_same_v<decltype(outcome), Result<OtpRecord>>) {
      if (outcome.ok()) self->done_.otp = Present(*outcome);
    }
    self->Feed(Committed{outcome.ok() ? Ok() : Status(outcome.error())});
  });
}

void EnrolRun::Commit() {
  const auto& [name, uid, gid, groups] = account_;
  switch (request_.action) {
    case EnrolAction::kEnrolKey:
      return Write([factor = NewFactor(), key = new_key_](Store& store) { return store.AddKey(factor, key); });
    case EnrolAction::kEnrolOtp:
      return Write([factor = NewFactor(), otp = CopyOf(new_otp_)](Store& store) { return store.AddOtp(factor, otp); });
    case EnrolAction::kRemoveOtp:
      return Write([user = name, id = uid, otp = request_.factor, audit = Audit()](Store& store) {
        return store.RemoveOtp(user, id, otp, audit);
      });
    case EnrolAction::kRemoveKey:
      return Write([user = name, id = uid, key = request_.factor, audit = Audit()](Store& store) {
        return store.RemoveKey(user, id, key, audit);
      });
    case EnrolAction::kRenameKey:
      return Write([user = name, id = uid, key = request_.factor, to = request_.new_name, audit = Audit()](Store& store) {
        return store.RenameKey(user, id, key, to, audit);
      });
    case EnrolAction::kRecoveryCodes:
      return CommitRecoveryCodes();
    case EnrolAction::kTestKey:  // its proof was all
      return Feed(Committed{Ok()});
  }
}

void EnrolRun::CommitRecoveryCodes() {
  std::vector<RecoveryCode> stored;
  done_.recovery_codes.emplace();
  for (size_t i = 0; i < kRecoveryCodes; ++i) {
    SecretBytes code = NewOneTimeCode(context_.random);
    RecoveryCode& record = stored.emplace_back();
    record.salt = context_.random.Take(16);
    record.hash = HashRecoveryCode(context_.hasher, record.salt, NormalizeOneTimeCode(code));
    done_.recovery_codes->push_back(std::move(code));
  }
  Write([factor = NewFactor(), stored](Store& store) { return store.SetRecoveryCodes(factor, stored); });
}

AuditEntry EnrolRun::Audit() const {
  AuditEntry entry = context_.Audit(request_.peer, EnrolActionName(request_.action), account_.name);
  entry.service = kOwnService;
  if (request_.action == EnrolAction::kEnrolKey) entry.subject = new_key_.id;
  if (request_.action == EnrolAction::kEnrolOtp) entry.subject = new_otp_.id;
  entry.detail = request_.factor;
  if (request_.action == EnrolAction::kRenameKey) entry.detail += " to " + request_.new_name;
  return entry;
}

AuditEntry EnrolRun::AuditOfRefusal() const {
  AuditEntry entry = Audit();
  if (entry.subject.empty()) entry.subject = request_.factor;
  return entry;
}

void EnrolRun::Refuse(const Error& error) {
  if (std::exchange(over_, true)) return;
  conversation_.Refused(error);
  deadline_.reset();
  if (proof_ != nullptr) proof_->Stop();
  AuditEntry entry = AuditOfRefusal();
  Refused(entry, error);
  if (proof_ != nullptr) proof_->NameTried(entry);
  context_.RecordThen(std::move(entry), [self = shared_from_this(), error] { self->conversation_.Reply(error); });
}

std::string EnrolRun::DoneMessage() const {
  const std::string quoted = "\"" + request_.factor + "\"";
  switch (request_.action) {
    case EnrolAction::kEnrolKey:
      return "Key " + quoted + " is enrolled for " + account_.name + ".";
    case EnrolAction::kEnrolOtp:
      return "Codes of " + quoted + " are good for " + account_.name + " now.";
    case EnrolAction::kRemoveKey:
    case EnrolAction::kRemoveOtp: {
      std::string message = quoted + " of " + account_.name + " is removed.";
      if (factors().keys.size() + factors().otps.size() == 1) message += " That was the last factor of " + account_.name + ".";
      return message;
    }
    case EnrolAction::kRenameKey:
      return "Key " + quoted + " of " + account_.name + " is named \"" + request_.new_name + "\" now.";
    case EnrolAction::kRecoveryCodes:
      return "Recovery codes of " + account_.name + ": each works once, and all earlier ones are void.";
    case EnrolAction::kTestKey:
      break;
  }
  return "Key \"" + proof_->keys().front().name + "\" answered, and its signature is good.";
}

void EnrolRun::Finish() {
  over_ = true;
  deadline_.reset();
  if (request_.action == EnrolAction::kTestKey) done_.key = Present(proof_->keys().front());
  done_.message = DoneMessage();
  Turn turn;
  turn.done = std::move(done_);
  conversation_.Reply(std::move(turn));
}

}  // namespace fob::core
