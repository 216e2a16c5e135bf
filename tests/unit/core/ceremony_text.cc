#include "tests/unit/core/ceremony_text.h"

namespace fob::core {
namespace {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

bool SameProof(const Proof& a, const Proof& b) {
  return a.stage == b.stage && a.pin_prompts == b.pin_prompts &&
         a.evidence.has_value() == b.evidence.has_value();
}

std::string Text(const LoginCeremony& state) {
  switch (state.stage) {
    case LoginStage::kIdle:
      return "idle";
    case LoginStage::kProving:
      return "proving/" + StageText(state.proof.stage);
    case LoginStage::kCommitting:
      return "committing";
    case LoginStage::kDone:
      return "done";
  }
  return "?";
}

std::string Text(const EnrolCeremony& state) {
  switch (state.stage) {
    case EnrolStage::kIdle:
      return "idle";
    case EnrolStage::kProving:
      return "proving/" + StageText(state.proof.stage);
    case EnrolStage::kMaking:
      return "making";
    case EnrolStage::kAskingPin:
      return "asking_pin";
    case EnrolStage::kAskingCode:
      return "asking_code";
    case EnrolStage::kVerifying:
      return "verifying";
    case EnrolStage::kCommitting:
      return "committing";
    case EnrolStage::kDone:
      return "done";
  }
  return "?";
}

std::string Text(const LoginEffect& effect) {
  return std::visit(
      Overloaded{[](const ProofEffect& e) { return EffectText(e); },
                 [](const CommitLogin&) { return std::string("commit"); },
                 [](const GrantLogin&) { return std::string("grant"); },
                 [](const RefuseLogin& e) { return "refuse(" + e.error.reason + ")"; }},
      effect);
}

std::string Text(const EnrolEffect& effect) {
  return std::visit(
      Overloaded{
          [](const ProofEffect& e) { return EffectText(e); },
          [](const MakeCredential& e) { return std::string(e.pin.empty() ? "make" : "make/pin"); },
          [](const OfferOtp&) { return std::string("offer"); },
          [](const VerifyCredential&) { return std::string("verify_credential"); },
          [](const VerifyActivation&) { return std::string("verify_activation"); },
          [](const CommitEnrolment&) { return std::string("commit"); },
          [](const FinishEnrolment&) { return std::string("finish"); },
          [](const RefuseEnrolment& e) { return "refuse(" + e.error.reason + ")"; }},
      effect);
}

template <typename Step>
std::string WithEffects(std::string text, const Step& step) {
  for (const auto& effect : step.effects) text += " +" + Text(effect);
  return text;
}

}  // namespace

std::string StageText(ProofStage stage) {
  switch (stage) {
    case ProofStage::kIdle:
      return "idle";
    case ProofStage::kChoosing:
      return "choosing";
    case ProofStage::kAskingCode:
      return "asking_code";
    case ProofStage::kAskingNextCode:
      return "asking_next_code";
    case ProofStage::kAskingEnrolCode:
      return "asking_enrol_code";
    case ProofStage::kAskingPin:
      return "asking_pin";
    case ProofStage::kDriving:
      return "driving";
    case ProofStage::kVerifying:
      return "verifying";
    case ProofStage::kProved:
      return "proved";
    case ProofStage::kRefused:
      return "refused";
  }
  return "?";
}

std::string EffectText(const ProofEffect& effect) {
  return std::visit(
      Overloaded{[](const Tell& e) { return "tell/" + std::string(proto::Name(e.info.kind)); },
                 [](const AskPerson& e) { return "ask/" + std::string(proto::Name(e.ask.kind)); },
                 [](const DriveKey& e) {
                   return std::string("drive") + (e.uv ? "/uv" : "") +
                          (e.pin.empty() ? "" : "/pin");
                 },
                 [](const StopKey&) { return std::string("stop"); },
                 [](const VerifyCode&) { return std::string("verify_code"); },
                 [](const VerifyNextCode&) { return std::string("verify_next_code"); },
                 [](const VerifyEnrolCode&) { return std::string("verify_enrol_code"); },
                 [](const VerifyAssertion&) { return std::string("verify_assertion"); }},
      effect);
}

std::string StepText(const Proof& before, const ProofStep& step) {
  if (SameProof(before, step.state) && step.effects.empty() && !step.refusal.has_value())
    return "=";
  std::string text = StageText(step.state.stage);
  if (step.refusal.has_value()) text += "(" + step.refusal->reason + ")";
  for (const ProofEffect& effect : step.effects) text += " +" + EffectText(effect);
  return text;
}

std::string StepText(const LoginCeremony& before, const LoginStep& step) {
  if (before.stage == step.state.stage && SameProof(before.proof, step.state.proof) &&
      step.effects.empty())
    return "=";
  return WithEffects(Text(step.state), step);
}

std::string StepText(const EnrolCeremony& before, const EnrolStep& step) {
  if (before.stage == step.state.stage && SameProof(before.proof, step.state.proof) &&
      step.effects.empty() && before.pin_prompts == step.state.pin_prompts &&
      before.code_prompts == step.state.code_prompts) {
    return "=";
  }
  return WithEffects(Text(step.state), step);
}

}  // namespace fob::core
