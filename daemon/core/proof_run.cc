#include "daemon/core/proof_run.h"

#include <algorithm>
#include <utility>

#include "daemon/core/one_time_code.h"

namespace fob::core {
namespace {

constexpr size_t kRecoveryCodeSize = 16;  // characters, normalized; no other code is so long

Error WrongCode() { return Denied("wrong_code", "that code is not right"); }

Factor FactorOf(OtpKind kind) { return kind == OtpKind::kTotp ? Factor::kTotp : Factor::kHotp; }

}  // namespace

Result<int64_t> MatchCode(const Context& context, const OtpRecord& otp, const SecretBytes& code) {
  const Settings& settings = context.settings;
  if (otp.kind == OtpKind::kHotp) return context.verifier.MatchHotp(otp, code, settings.hotp_window);
  return context.verifier.MatchTotp(otp, code, context.clock.UnixSeconds(), settings.totp_window);
}

ProofRun::ProofRun(const Context& context, Conversation& conversation, ProofSubject subject, Feed feed)
    : context_(context),
      conversation_(conversation),
      subject_(std::move(subject)),
      feed_(std::move(feed)),
      keys_(subject_.factors.keys),
      attempts_(subject_.stranger ? context.lockout.OfStranger(subject_.account.name)
                                  : context.lockout.Of(subject_.factors.user.id, subject_.factors.failures)) {}

Status ProofRun::MayTry(Factor factor) const {
  return attempts_->MayTry(factor, subject_.origin, context_.clock.UnixSeconds());
}

KeyDriver& ProofRun::Driver() {
  if (driver_ == nullptr) {
    driver_ = std::make_unique<KeyDriver>(
        context_,
        KeyAsker{subject_.peer, subject_.trusted, subject_.account.name, subject_.service, subject_.program, subject_.tty},
        [this](EnrolEvent event) { feed_(std::move(event)); },
        [this](proto::Info info) { conversation_.Tell(std::move(info)); });
  }
  return *driver_;
}

void ProofRun::Stop() {
  if (driver_ != nullptr) driver_->Stop();
}

void ProofRun::Run(ProofEffect effect) {
  if (auto* tell = std::get_if<Tell>(&effect)) {
    conversation_.Tell(std::move(tell->info));
  } else if (auto* ask = std::get_if<AskPerson>(&effect)) {
    conversation_.Ask(std::move(ask->ask));
  } else if (auto* drive = std::get_if<DriveKey>(&effect)) {
    Driver().Assert(keys_, drive->uv, std::move(drive->pin));
  } else if (std::holds_alternative<StopKey>(effect)) {
    Stop();
  } else if (auto* code = std::get_if<VerifyCode>(&effect)) {
    VerifyCodeNow(code->code, code->kinds);
  } else if (auto* next = std::get_if<VerifyNextCode>(&effect)) {
    VerifyNextCodeNow(next->code);
  } else if (auto* enrol_code = std::get_if<VerifyEnrolCode>(&effect)) {
    VerifyEnrolCodeNow(enrol_code->code);
  } else {
    VerifyAssertionNow();
  }
}

void ProofRun::VerifyCodeNow(const SecretBytes& code, CodeKinds kinds) {
  const SecretBytes normalized = NormalizeOneTimeCode(code);
  if (kinds.recovery && normalized.size() == kRecoveryCodeSize) return VerifyRecoveryCode(normalized);
  std::vector<Factor> tried;
  Error refusal = WrongCode();
  for (const Factor factor : {Factor::kTotp, Factor::kHotp}) {
    if (factor == Factor::kTotp ? !kinds.totp : !kinds.hotp) continue;
    if (const Status may = MayTry(factor); !may.ok()) {
      refusal = may.error();
    } else {
      tried.push_back(factor);
    }
  }
  if (tried.empty()) return feed_(ProofEvent{Verified{std::move(refusal)}});
  if (subject_.stranger) return Fail(tried, WrongCode());
  for (const OtpRecord& otp : subject_.factors.otps) {
    if (std::ranges::find(tried, FactorOf(otp.kind)) == tried.end()) continue;
    if (otp.kind == OtpKind::kHotp && otp.out_of_step) continue;  // it counts again after two codes only
    const auto step = MatchCode(context_, otp, code);
    if (!step.ok()) continue;
    commit_.otp_step = ProofCommit::OtpStep{otp.id, *step};
    return Proved({FactorOf(otp.kind), otp.id, false});
  }
  // A button that was pressed in a pocket: the code is good, but further on (RFC 4226 clause 7.4).
  for (const OtpRecord& otp : subject_.factors.otps) {
    if (otp.kind != OtpKind::kHotp || std::ranges::find(tried, Factor::kHotp) == tried.end()) continue;
    if (!context_.verifier.MatchHotp(otp, code, context_.settings.hotp_resync_window).ok()) continue;
    ahead_ = code.Clone();
    ahead_otp_ = otp.id;
    return feed_(ProofEvent{CodeOutOfStep{}});
  }
  Fail(tried, WrongCode());
}

void ProofRun::VerifyNextCodeNow(const SecretBytes& code) {
  const SecretBytes first = std::exchange(ahead_, {});
  if (const Status may = MayTry(Factor::kHotp); !may.ok()) return feed_(ProofEvent{Verified{may.error()}});
  for (const OtpRecord& otp : subject_.factors.otps) {
    if (otp.id != ahead_otp_) continue;
    const auto counter = context_.verifier.ResyncHotp(otp, first, code, context_.settings.hotp_resync_window);
    if (!counter.ok()) break;
    commit_.otp_step = ProofCommit::OtpStep{otp.id, *counter};
    return Proved({Factor::kHotp, otp.id, false});
  }
  Fail({Factor::kHotp}, Denied("wrong_code", "those codes do not follow one another"));
}

void ProofRun::VerifyRecoveryCode(const SecretBytes& normalized) {
  if (const Status may = MayTry(Factor::kRecovery); !may.ok()) return feed_(ProofEvent{Verified{may.error()}});
  if (subject_.stranger) return Fail({Factor::kRecovery}, WrongCode());
  for (const RecoveryCode& stored : subject_.factors.recovery_codes) {
    const Bytes hash = HashRecoveryCode(context_.hasher, stored.salt, normalized);
    if (!ConstantTimeEqual(hash, stored.hash)) continue;
    commit_.recovery_hash = stored.hash;
    return Proved({Factor::kRecovery, "", false});
  }
  Fail({Factor::kRecovery}, WrongCode());
}

void ProofRun::VerifyEnrolCodeNow(const SecretBytes& code) {
  enrol_code_hash_ = context_.HashText(NormalizeOneTimeCode(code));
  context_.store.Read(
      [name = subject_.account.name, hash = *enrol_code_hash_, now = context_.clock.UnixSeconds()](Store& store) {
        return store.EnrolCodeIsGood(name, hash, now);
      },
      [weak = weak_from_this()](Result<bool> good) {
        auto self = weak.lock();
        if (self == nullptr) return;
        Result<std::optional<Evidence>> outcome = std::optional<Evidence>();
        if (!good.ok()) outcome = good.error();
        if (good.ok() && !*good) outcome = Denied("wrong_enrol_code", "that enrolment code is not good (any more)");
        self->feed_(ProofEvent{Verified{std::move(outcome)}});
      });
}

Result<Evidence> ProofRun::Judge(const KeyRecord& key, const AssertionClaim& claim) {
  claimed_key_ = key.id;
  FOB_TRY(const VerifiedAssertion verified, context_.verifier.VerifyAssertion(key, claim));
  if (!verified.user_present) return Denied("not_present", "the key did not confirm that it was touched");
  commit_.key_use =
      ProofCommit::KeyUse{key.id, verified.counter, verified.backed_up, context_.settings.deny_counter_regress};
  const bool hardware = key.attestation == Attestation::kVerified && !verified.backup_eligible && !verified.backed_up;
  return Evidence{verified.user_verified ? Factor::kKeyUv : Factor::kKey, key.id, hardware};
}

void ProofRun::VerifyAssertionNow() {
  if (const Status may = MayTry(Factor::kKey); !may.ok()) return feed_(ProofEvent{Verified{may.error()}});
  AssertionClaim claim;
  const auto key = Driver().TakeAssertion(keys_, claim);
  Result<Evidence> evidence = key.ok() ? Judge(*key, claim) : Result<Evidence>(key.error());
  if (evidence.ok()) return Proved(*std::move(evidence));
  Fail({Factor::kKey}, evidence.error());
}

void ProofRun::VerifyAnswer(const AssertionClaim& claim) {
  if (const Status may = MayTry(Factor::kKey); !may.ok()) return feed_(ProofEvent{Verified{may.error()}});
  const auto key = std::ranges::find(keys_, claim.credential_id, &KeyRecord::credential_id);
  Result<Evidence> evidence = key != keys_.end() ? Judge(*key, claim) : Denied("unknown_key", "that key is not enrolled");
  if (evidence.ok()) return Proved(*std::move(evidence));
  FailKey(evidence.error());
}

void ProofRun::Proved(Evidence evidence) { feed_(ProofEvent{Verified{std::optional(std::move(evidence))}}); }

void ProofRun::Fail(const std::vector<Factor>& factors, Error error) {
  const int64_t now = context_.clock.UnixSeconds();
  for (const Factor factor : factors) attempts_->Failed(factor, subject_.origin, now);
  failed_reason_ = error.reason;
  failed_as_.clear();
  for (const Factor factor : factors) {
    if (factor != Factor::kKey) failed_as_ += " " + std::string(FactorName(factor));
  }
  if (subject_.stranger) return feed_(ProofEvent{Verified{std::move(error)}});
  // The failures in memory count until they are durable: this holds them so long.
  context_.store.Write(
      [factors, user = subject_.factors.user.id, origin = subject_.origin, now](Store& store) -> Status {
        for (const Factor factor : factors) FOB_CHECK(store.RecordFailure(user, factor, origin, now));
        return Ok();
      },
      [weak = weak_from_this(), attempts = attempts_, context = &context_, factors, now,
       user = subject_.factors.user.id, origin = subject_.origin, error = std::move(error)](const Status& counted) {
        if (!counted.ok()) {
          context->alarm(counted.error());
          for (const Factor factor : factors) context->gaps.Uncounted({user, factor, origin, now}, attempts);
        }
        if (auto self = weak.lock()) self->feed_(ProofEvent{Verified{error}});
      });
}

void ProofRun::NameTried(AuditEntry& refusal) const {
  if (refusal.detail == failed_reason_) refusal.detail += failed_as_;
}

ProofCommit ProofRun::TakeCommit(const Evidence& evidence) {
  ProofCommit commit = std::exchange(commit_, {});
  commit.user_id = subject_.factors.user.id;
  commit.uid = subject_.account.uid;
  commit.forgiven = attempts_->ForgivenBy(evidence.factor, subject_.origin);
  return commit;
}

void ProofRun::Forgive(const std::vector<ProofCommit::Forgiven>& forgiven) const { attempts_->Forget(forgiven); }

}  // namespace fob::core
