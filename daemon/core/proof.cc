#include "daemon/core/proof.h"

#include <utility>

#include "daemon/core/wrong_pin.h"
#include "daemon/core/yubico_otp.h"

namespace fob::core {
namespace {


using Kind = proto::Ask::Kind;

AskPerson Question(Kind kind, std::string prompt) {
  return {proto::Ask{kind, std::move(prompt), kind == Kind::kChoice || kind == Kind::kCode}};
}

std::string Tries(int64_t count) { return std::to_string(count) + (count == 1 ? " try" : " tries"); }

std::string Asker(const ProofPlan& plan) { return "for " + plan.user + " at " + plan.service + plan.purpose; }

ProofStep To(Proof state, ProofStage stage) {
  state.stage = stage;
  return {std::move(state), {}, std::nullopt};
}

template <typename Effect>
ProofStep To(Proof state, ProofStage stage, Effect effect) {
  ProofStep step = To(std::move(state), stage);
  step.effects.emplace_back(std::move(effect));
  return step;
}

ProofStep Refuse(Proof state, Error error) {
  // The worker is there while it waits for a PIN, too.
  const bool driving = state.stage == ProofStage::kDriving || state.stage == ProofStage::kAskingPin;
  ProofStep step = To(std::move(state), ProofStage::kRefused);
  if (driving) step.effects.emplace_back(StopKey{});
  step.refusal = std::move(error);
  return step;
}

ProofStep Stay(Proof state) { return {std::move(state), {}, std::nullopt}; }

bool Ended(ProofStage stage) { return stage == ProofStage::kProved || stage == ProofStage::kRefused; }

ProofStep AskPin(Proof state, std::string lead) {
  ++state.pin_prompts;
  const std::string prompt = std::move(lead) + " PIN " + Asker(state.plan) + ": ";
  return To(std::move(state), ProofStage::kAskingPin, Question(Kind::kPin, prompt));
}

ProofStep On(Proof state, Begun) {
  if (state.stage != ProofStage::kIdle) return Stay(std::move(state));
  const ProofPlan plan = state.plan;
  if (plan.key && plan.codes.any()) {
    return To(std::move(state), ProofStage::kChoosing,
              Question(Kind::kChoice, "Code " + Asker(plan) + ", or Enter to use your security key: "));
  }
  if (plan.key) return To(std::move(state), ProofStage::kDriving, DriveKey{{}, plan.key_uv});
  if (plan.codes.any()) {
    const std::string what = plan.codes.totp || plan.codes.hotp ? "Code " : "Recovery code ";
    return To(std::move(state), ProofStage::kAskingCode, Question(Kind::kCode, what + Asker(plan) + ": "));
  }
  if (plan.enrol_code) {
    return To(std::move(state), ProofStage::kAskingEnrolCode,
              Question(Kind::kEnrolCode, "Enrolment code for " + plan.user + plan.purpose +
                                             " (an administrator makes one with fobctl enrol-code create): "));
  }
  return Refuse(std::move(state), MakeError(Code::kDenied, "no_factor", "there is no factor that could be asked for here"));
}

// Where a token that was touched by mistake types into the prompt.
bool TakesTyping(ProofStage stage) {
  return stage == ProofStage::kChoosing || stage == ProofStage::kAskingCode || stage == ProofStage::kAskingNextCode ||
         stage == ProofStage::kAskingPin;
}

ProofStep On(Proof state, Answered answer) {
  if (TakesTyping(state.stage) && IsYubicoOtp(answer.text)) return Refuse(std::move(state), YubicoOtpTyped());
  switch (state.stage) {
    case ProofStage::kChoosing:
      if (answer.text.empty()) {
        const bool uv = state.plan.key_uv;
        return To(std::move(state), ProofStage::kDriving, DriveKey{{}, uv});
      }
      [[fallthrough]];
    case ProofStage::kAskingCode: {
      const CodeKinds kinds = state.plan.codes;
      return To(std::move(state), ProofStage::kVerifying, VerifyCode{std::move(answer.text), kinds});
    }
    case ProofStage::kAskingNextCode:
      return To(std::move(state), ProofStage::kVerifying, VerifyNextCode{std::move(answer.text)});
    case ProofStage::kAskingEnrolCode:
      return To(std::move(state), ProofStage::kVerifying, VerifyEnrolCode{std::move(answer.text)});
    case ProofStage::kAskingPin: {
      if (answer.text.empty()) {
        return Refuse(std::move(state), MakeError(Code::kDenied, "no_pin_given", "no PIN was given"));
      }
      const bool uv = state.plan.key_uv;
      return To(std::move(state), ProofStage::kDriving, DriveKey{std::move(answer.text), uv});
    }
    case ProofStage::kIdle:
    case ProofStage::kDriving:
    case ProofStage::kVerifying:
      return Refuse(std::move(state), MakeError(Code::kInvalidArgument, "no_question", "an answer without a question"));
    case ProofStage::kProved:
    case ProofStage::kRefused:
      break;
  }
  return Stay(std::move(state));
}

ProofStep On(Proof state, KeySaid said) {
  if (state.stage != ProofStage::kDriving) return Stay(std::move(state));
  proto::Info info = InfoFor(said.progress, state.plan);
  return To(std::move(state), ProofStage::kDriving, Tell{std::move(info)});
}

ProofStep On(Proof state, PinAsked asked) {
  if (state.stage != ProofStage::kDriving) return Stay(std::move(state));
  if (state.pin_prompts >= kMaxPinPrompts) {
    return Refuse(std::move(state), MakeError(Code::kDenied, "wrong_pin", "too many wrong PINs"));
  }
  return AskPin(std::move(state), PinLead(asked.pin, "Your security key"));
}

ProofStep On(Proof state, KeyAnswered) {
  if (state.stage != ProofStage::kDriving) return Stay(std::move(state));
  return To(std::move(state), ProofStage::kVerifying, VerifyAssertion{});
}

ProofStep On(Proof state, KeyFailed failed) {
  if (state.stage != ProofStage::kDriving) return Stay(std::move(state));
  // One try a prompt: another try needs another answer.
  if (IsWrongPin(failed.error) && state.pin_prompts < kMaxPinPrompts) {
    return AskPin(std::move(state), failed.error.text + ".");
  }
  state.stage = ProofStage::kVerifying;  // the worker has ended: there is nothing to stop
  return Refuse(std::move(state), std::move(failed.error));
}

// Whether what was verified is what was asked for: nothing else proves anything here.
bool Fits(const std::optional<Evidence>& evidence, const ProofPlan& plan) {
  if (!evidence.has_value()) return plan.enrol_code;
  switch (evidence->factor) {
    case Factor::kKey:
    case Factor::kKeyUv:
      return plan.key;
    case Factor::kTotp:
      return plan.codes.totp;
    case Factor::kHotp:
      return plan.codes.hotp;
    case Factor::kRecovery:
      return plan.codes.recovery;
    case Factor::kPassword:
    case Factor::kSshKey:
      break;
  }
  return false;
}

ProofStep On(Proof state, CodeOutOfStep) {
  if (state.stage != ProofStage::kVerifying) return Stay(std::move(state));
  const std::string prompt = "That code is ahead of what was expected. The next code of the same token " + Asker(state.plan) + ": ";
  return To(std::move(state), ProofStage::kAskingNextCode, Question(Kind::kCode, prompt));
}

ProofStep On(Proof state, Verified verified) {
  if (state.stage != ProofStage::kVerifying) return Stay(std::move(state));
  if (!verified.evidence.ok()) return Refuse(std::move(state), verified.evidence.error());
  std::optional<Evidence> evidence = *std::move(verified.evidence);
  if (!Fits(evidence, state.plan)) {
    return Refuse(std::move(state), MakeError(Code::kDenied, "wrong_factor", "another factor was verified than was asked for"));
  }
  if (evidence.has_value() && evidence->factor == Factor::kKey && state.plan.key_uv) {
    return Refuse(std::move(state), MakeError(Code::kDenied, "not_user_verified",
                                              "the key did not verify its user: a PIN or fingerprint is required here"));
  }
  state.evidence = std::move(evidence);
  return To(std::move(state), ProofStage::kProved);
}

ProofStep On(Proof state, TimedOut) {
  if (Ended(state.stage)) return Stay(std::move(state));
  if (state.stage == ProofStage::kIdle) {
    return Refuse(std::move(state), MakeError(Code::kTimedOut, "timed_out", "the host did not answer in time"));
  }
  return Refuse(std::move(state), TookTooLong());
}

ProofStep On(Proof state, CallerGone) {
  if (Ended(state.stage)) return Stay(std::move(state));
  return Refuse(std::move(state), CallerWentAway());
}

}  // namespace

Error TookTooLong() { return MakeError(Code::kTimedOut, "timed_out", "timed out waiting for an answer"); }

Error CallerWentAway() { return MakeError(Code::kCancelled, "caller_gone", "the program that asked went away"); }

ProofPlan PlanFor(const std::vector<FactorPath>& paths, ProofPlan about) {
  ProofPlan plan = std::move(about);
  plan.key = plan.key_uv = false;
  plan.codes = {};
  for (const FactorPath& path : paths) {
    if (path.empty()) continue;
    const Factor first = path.front();
    const bool key = first == Factor::kKey || first == Factor::kKeyUv;
    if (key && !plan.key) plan.key_uv = first == Factor::kKeyUv;
    plan.key = plan.key || key;
    plan.codes.totp = plan.codes.totp || first == Factor::kTotp;
    plan.codes.hotp = plan.codes.hotp || first == Factor::kHotp;
    plan.codes.recovery = plan.codes.recovery || first == Factor::kRecovery;
  }
  return plan;
}

ProofStep Step(Proof state, ProofEvent event) {
  return std::visit([&](auto& happened) { return On(std::move(state), std::move(happened)); }, event);
}

std::string PinLead(const proto::PinNeeded& pin, const std::string& key) {
  const std::string left = " has " + Tries(pin.retries) + " left.";
  switch (pin.built_in) {
    case proto::PinNeeded::BuiltIn::kUnused:
      break;
    case proto::PinNeeded::BuiltIn::kFailed:
      return key + " did not recognise you: type its PIN instead. It" + left;
    case proto::PinNeeded::BuiltIn::kBlocked:
      return key + " recognises nobody any more until its PIN was typed. It" + left;
  }
  return key + left;
}

proto::Info InfoFor(const proto::Progress& progress, const ProofPlan& plan) {
  using Progress = proto::Progress::Kind;
  using Info = proto::Info::Kind;
  const std::string device = progress.device.value_or("");
  switch (progress.kind) {
    case Progress::kInsert:
      return {Info::kInsert, "Insert your security key " + Asker(plan) + "."};
    case Progress::kTouch:
      return {Info::kTouch, "Touch your security key " + Asker(plan) + "."};
    case Progress::kVerify:
      return {Info::kTouch, "Verify yourself on your security key " + Asker(plan) + "."};
    case Progress::kVerifyAgain:
      return {Info::kTouch, "Your security key did not recognise you (" + Tries(progress.retries.value_or(0)) +
                                " left). Verify yourself on it again " + Asker(plan) + "."};
    case Progress::kWrongKey:
      return {Info::kInsert, "The security key " + (device.empty() ? "" : "(" + device + ") ") +
                                 "that is plugged in is not enrolled for " + plan.user + ": insert one that is."};
    case Progress::kBusy:
      return {Info::kWait, "The security key is busy with another program; waiting."};
    case Progress::kSlow:
      return {Info::kWait, "The security key answers slowly; waiting."};
    case Progress::kRemove:
      return {Info::kInsert, "Unplug the security key" + (device.empty() ? "" : " (" + device + ")") + "."};
  }
  return {Info::kNotice, ""};
}

}  // namespace fob::core
