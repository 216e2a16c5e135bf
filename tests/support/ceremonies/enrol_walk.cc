#include "tests/support/ceremonies/enrol_walk.h"

#include <utility>

namespace fob::testing {

using namespace core;
using Kind = proto::Ask::Kind;

namespace {

constexpr int kMaxOffers = 3;

}  // namespace

EnrolWalk::EnrolWalk(EnrolAction action, bool proof_needed, ProofPlan plan)
    : action_(action), plan_(plan), permitted_(!proof_needed && action != EnrolAction::kTestKey) {
  state_.action = action;
  state_.proof_needed = proof_needed;
  state_.proof.plan = std::move(plan);
}

std::string EnrolWalk::Take(EnrolEvent event) {
  const bool was_over = over_, was_committing = committing_;
  Happens(event);
  EnrolStep step = Step(std::move(state_), std::move(event));
  state_ = std::move(step.state);
  for (const EnrolEffect& effect : step.effects) {
    if (over_) return "an effect follows the end";
    if (std::string wrong = Check(effect); !wrong.empty()) return wrong;
  }
  if (over_ != (state_.stage == EnrolStage::kDone)) return "it ends without a word, or goes on behind its end";
  if (was_over || over_ || was_committing) return "";
  if (cut_short_) return "it goes on though nobody waits for it";
  return watch_.unasked() ? "it goes on behind an answer without a question" : "";
}

void EnrolWalk::Happens(const EnrolEvent& event) {
  durable_ = made_ = false;
  watch_.HappensElsewhere();
  if (const auto* proof = std::get_if<ProofEvent>(&event)) ProofHappens(*proof);
  if (std::holds_alternative<CredentialMade>(event)) {
    made_ = watch_.driving() && permitted_;
    if (made_) watch_.KeyEnds();
  }
  if (const auto* verified = std::get_if<FactorVerified>(&event)) good_ = std::exchange(verifying_, false) && verified->outcome.ok();
  if (const auto* committed = std::get_if<Committed>(&event)) durable_ = std::exchange(committing_, false) && committed->outcome.ok();
}

void EnrolWalk::ProofHappens(const ProofEvent& event) {
  if (committing_) return;
  cut_short_ = cut_short_ || std::holds_alternative<TimedOut>(event) || std::holds_alternative<CallerGone>(event);
  // A key that makes a credential asserts nothing.
  if (permitted_ && std::holds_alternative<KeyAnswered>(event)) return;
  watch_.Happens(event);
  if (!watch_.verified() || !Fits(watch_.evidence())) return;
  permitted_ = true;
  watch_ = ProofWatch();  // what follows is another conversation
}

bool EnrolWalk::Fits(const std::optional<Evidence>& evidence) const {
  if (!evidence.has_value()) return plan_.enrol_code;
  switch (evidence->factor) {
    case Factor::kKeyUv:
      return plan_.key;
    case Factor::kKey:
      return plan_.key && !plan_.key_uv;
    case Factor::kTotp:
      return plan_.codes.totp;
    case Factor::kHotp:
      return plan_.codes.hotp;
    case Factor::kRecovery:
      return plan_.codes.recovery;
    case Factor::kPassword:
    case Factor::kSshKey:
      break;
  }
  return false;
}

std::string EnrolWalk::Check(const EnrolEffect& effect) {
  if (const auto* proof = std::get_if<ProofEffect>(&effect)) {
    if (committing_) return "the conversation goes on while the change is made durable";
    if (cut_short_ && !std::holds_alternative<StopKey>(*proof)) return "the conversation goes on though nobody waits for it";
    return watch_.Check(*proof);
  }
  if (const auto* refusal = std::get_if<RefuseEnrolment>(&effect)) {
    over_ = true;
    return refusal->error.reason.empty() ? "it is refused without a reason" : watch_.Ends();
  }
  if (std::holds_alternative<FinishEnrolment>(effect)) {
    over_ = finished_ = true;
    return durable_ ? watch_.Ends() : "it is finished before it is durable";
  }
  if (std::holds_alternative<VerifyCredential>(effect) || std::holds_alternative<VerifyActivation>(effect)) return CheckVerification(effect);
  return CheckAct(effect);
}

std::string EnrolWalk::CheckVerification(const EnrolEffect& effect) {
  if (std::exchange(verifying_, true)) return "two factors are verified at a time";
  const auto* code = std::get_if<VerifyActivation>(&effect);
  if (code != nullptr) return watch_.Typed(code->code, Kind::kCode);
  return made_ ? "" : "a credential is verified that no key made";
}

std::string EnrolWalk::CheckAct(const EnrolEffect& effect) {
  if (!permitted_) return "something is done without a proof";
  if (cut_short_ || committing_ || verifying_) return "something is done beside something else";
  if (const auto* make = std::get_if<MakeCredential>(&effect)) {
    return action_ == EnrolAction::kEnrolKey ? watch_.Drives(make->pin) : "a credential is made that nobody wants";
  }
  if (const auto* offer = std::get_if<OfferOtp>(&effect)) {
    if (action_ != EnrolAction::kEnrolOtp) return "a code is offered that nobody wants";
    return ++offers_ > kMaxOffers ? "a first code is asked for a fourth time" : watch_.Asks(offer->ask);
  }
  committing_ = true;
  const bool makes_factor = action_ == EnrolAction::kEnrolKey || action_ == EnrolAction::kEnrolOtp;
  return makes_factor && !good_ ? "a factor is stored that was not verified" : "";
}

}  // namespace fob::testing
