#include "daemon/core/enrol_ceremony.h"

#include <utility>

#include "daemon/core/wrong_pin.h"
#include "daemon/core/yubico_otp.h"

namespace fob::core {
namespace {

constexpr int kMaxCodePrompts = 3;

EnrolStep To(EnrolCeremony state, EnrolStage stage) {
  state.stage = stage;
  return {std::move(state), {}};
}

template <typename Effect>
EnrolStep To(EnrolCeremony state, EnrolStage stage, Effect effect) {
  EnrolStep step = To(std::move(state), stage);
  step.effects.emplace_back(std::move(effect));
  return step;
}

EnrolStep Refuse(EnrolCeremony state, Error error) {
  // The worker is there while it waits for a PIN, too.
  const bool driving = state.stage == EnrolStage::kMaking || state.stage == EnrolStage::kAskingPin;
  EnrolStep step = To(std::move(state), EnrolStage::kDone);
  if (driving) step.effects.emplace_back(ProofEffect{StopKey{}});
  step.effects.emplace_back(RefuseEnrolment{std::move(error)});
  return step;
}

EnrolStep Stay(EnrolCeremony state) { return {std::move(state), {}}; }

EnrolStep AskPin(EnrolCeremony state, const std::string& lead) {
  ++state.pin_prompts;
  proto::Ask ask{proto::Ask::Kind::kPin, lead + " PIN to enrol it for " + state.proof.plan.user + ": ", false};
  return To(std::move(state), EnrolStage::kAskingPin, ProofEffect{AskPerson{std::move(ask)}});
}

EnrolStep AskActivation(EnrolCeremony state, const std::string& lead) {
  ++state.code_prompts;
  proto::Ask ask{proto::Ask::Kind::kCode, lead + "Code that your app shows for \"" + state.name + "\": ", true};
  return To(std::move(state), EnrolStage::kAskingCode, OfferOtp{std::move(ask)});
}

EnrolStep Act(EnrolCeremony state) {
  switch (state.action) {
    case EnrolAction::kEnrolKey:
      return To(std::move(state), EnrolStage::kMaking, MakeCredential{});
    case EnrolAction::kEnrolOtp:
      return AskActivation(std::move(state), "");
    case EnrolAction::kRemoveKey:
    case EnrolAction::kRemoveOtp:
    case EnrolAction::kRenameKey:
    case EnrolAction::kRecoveryCodes:
    case EnrolAction::kTestKey:
      break;
  }
  return To(std::move(state), EnrolStage::kCommitting, CommitEnrolment{});
}

// Hands an event to the proof and takes over when it ends.
EnrolStep Prove(EnrolCeremony state, ProofEvent event) {
  ProofStep proof = Step(std::move(state.proof), std::move(event));
  state.proof = std::move(proof.state);
  if (state.proof.stage == ProofStage::kProved) {
    EnrolStep acted = Act(std::move(state));
    return acted;
  }
  EnrolStep step = To(std::move(state), proof.refusal ? EnrolStage::kDone : EnrolStage::kProving);
  for (ProofEffect& effect : proof.effects) step.effects.emplace_back(std::move(effect));
  if (proof.refusal) step.effects.emplace_back(RefuseEnrolment{*std::move(proof.refusal)});
  return step;
}

EnrolStep OnAnswer(EnrolCeremony state, Answered answer) {
  const bool asked = state.stage == EnrolStage::kAskingPin || state.stage == EnrolStage::kAskingCode;
  if (asked && IsYubicoOtp(answer.text)) return Refuse(std::move(state), YubicoOtpTyped());
  if (state.stage == EnrolStage::kAskingPin) {
    if (answer.text.empty()) {
      return Refuse(std::move(state), MakeError(Code::kDenied, "no_pin_given", "no PIN was given"));
    }
    return To(std::move(state), EnrolStage::kMaking, MakeCredential{std::move(answer.text)});
  }
  if (state.stage == EnrolStage::kAskingCode) {
    return To(std::move(state), EnrolStage::kVerifying, VerifyActivation{std::move(answer.text)});
  }
  return Refuse(std::move(state), MakeError(Code::kInvalidArgument, "no_question", "an answer without a question"));
}

EnrolStep WhileMaking(EnrolCeremony state, ProofEvent event) {
  if (auto* said = std::get_if<KeySaid>(&event)) {
    return To(std::move(state), EnrolStage::kMaking, ProofEffect{Tell{InfoFor(said->progress, state.proof.plan)}});
  }
  if (auto* asked = std::get_if<PinAsked>(&event)) {
    if (state.pin_prompts >= kMaxPinPrompts) {
      return Refuse(std::move(state), MakeError(Code::kDenied, "wrong_pin", "too many wrong PINs"));
    }
    return AskPin(std::move(state), PinLead(asked->pin, "The security key"));
  }
  if (auto* failed = std::get_if<KeyFailed>(&event)) {
    if (IsWrongPin(failed->error) && state.pin_prompts < kMaxPinPrompts) {
      return AskPin(std::move(state), failed->error.text + ".");
    }
    state.stage = EnrolStage::kVerifying;  // the worker has ended: there is nothing to stop
    return Refuse(std::move(state), std::move(failed->error));
  }
  return Stay(std::move(state));
}

EnrolStep OnProof(EnrolCeremony state, ProofEvent event) {
  switch (state.stage) {
    case EnrolStage::kIdle:
      if (!std::holds_alternative<Begun>(event)) break;
      if (state.proof_needed || state.action == EnrolAction::kTestKey) return Prove(std::move(state), std::move(event));
      return Act(std::move(state));
    case EnrolStage::kProving:
      return Prove(std::move(state), std::move(event));
    case EnrolStage::kCommitting:  // what is being made durable stands
    case EnrolStage::kDone:
      return Stay(std::move(state));
    default:
      break;
  }
  if (std::holds_alternative<TimedOut>(event)) {
    if (state.stage == EnrolStage::kIdle) {
      return Refuse(std::move(state), MakeError(Code::kTimedOut, "timed_out", "the host did not answer in time"));
    }
    return Refuse(std::move(state), TookTooLong());
  }
  if (std::holds_alternative<CallerGone>(event)) {
    return Refuse(std::move(state), CallerWentAway());
  }
  if (auto* answer = std::get_if<Answered>(&event)) return OnAnswer(std::move(state), std::move(*answer));
  if (state.stage == EnrolStage::kMaking) return WhileMaking(std::move(state), std::move(event));
  return Stay(std::move(state));
}

EnrolStep OnFactorVerified(EnrolCeremony state, FactorVerified verified) {
  if (state.stage != EnrolStage::kVerifying) return Stay(std::move(state));
  if (verified.outcome.ok()) return To(std::move(state), EnrolStage::kCommitting, CommitEnrolment{});
  if (state.action == EnrolAction::kEnrolOtp && verified.outcome.error().reason == "wrong_code" &&
      state.code_prompts < kMaxCodePrompts) {
    return AskActivation(std::move(state), "That code is not right. ");
  }
  return Refuse(std::move(state), verified.outcome.error());
}

}  // namespace

std::string_view EnrolActionName(EnrolAction action) {
  switch (action) {
    case EnrolAction::kEnrolKey: return "key.enrol";
    case EnrolAction::kEnrolOtp: return "otp.enrol";
    case EnrolAction::kRemoveKey: return "key.remove";
    case EnrolAction::kRemoveOtp: return "otp.remove";
    case EnrolAction::kRenameKey: return "key.rename";
    case EnrolAction::kRecoveryCodes: return "recovery.create";
    case EnrolAction::kTestKey: break;
  }
  return "key.test";
}

EnrolStep Step(EnrolCeremony state, EnrolEvent event) {
  if (auto* verified = std::get_if<FactorVerified>(&event)) return OnFactorVerified(std::move(state), std::move(*verified));
  if (std::holds_alternative<CredentialMade>(event)) {
    if (state.stage != EnrolStage::kMaking) return Stay(std::move(state));
    return To(std::move(state), EnrolStage::kVerifying, VerifyCredential{});
  }
  if (auto* committed = std::get_if<Committed>(&event)) {
    if (state.stage != EnrolStage::kCommitting) return Stay(std::move(state));
    if (!committed->outcome.ok()) return Refuse(std::move(state), committed->outcome.error());
    return To(std::move(state), EnrolStage::kDone, FinishEnrolment{});
  }
  return OnProof(std::move(state), std::get<ProofEvent>(std::move(event)));
}

}  // namespace fob::core
