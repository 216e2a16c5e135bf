#include "tests/support/ceremonies/proof_watch.h"

#include <utility>

#include "daemon/core/yubico_otp.h"

namespace fob::testing {

using namespace core;
using Kind = proto::Ask::Kind;

void ProofWatch::Happens(const ProofEvent& event) {
  const bool driven = key_ == Key::kDriven;
  HappensElsewhere();
  if (const auto* answer = std::get_if<Answered>(&event)) {
    said_ = answer->text.Clone();
    asked_ = std::exchange(question_, std::nullopt);
  }
  told_ = driven && std::holds_alternative<KeySaid>(event);
  const auto* failed = std::get_if<KeyFailed>(&event);
  wants_pin_ = driven && (std::holds_alternative<PinAsked>(event) || (failed != nullptr && failed->error.reason == "wrong_pin"));
  answered_ = driven && std::holds_alternative<KeyAnswered>(event);
  if (answered_ || failed != nullptr) key_ = Key::kIdle;
  const auto* outcome = std::get_if<Verified>(&event);
  verified_ = verifying_ && outcome != nullptr && outcome->evidence.ok();
  if (verified_) evidence_ = *outcome->evidence;
  if (outcome != nullptr || std::holds_alternative<CodeOutOfStep>(event)) verifying_ = false;
}

void ProofWatch::HappensElsewhere() {
  said_.reset();
  asked_.reset();
  evidence_.reset();
  told_ = wants_pin_ = answered_ = verified_ = false;
}

std::string ProofWatch::Check(const ProofEffect& effect) {
  if (std::holds_alternative<Tell>(effect)) return told_ ? "" : "something is told that no key said";
  if (const auto* ask = std::get_if<AskPerson>(&effect)) return Asks(ask->ask);
  if (const auto* drive = std::get_if<DriveKey>(&effect)) return Drives(drive->pin);
  if (const auto* code = std::get_if<VerifyCode>(&effect)) return Verifies(Typed(code->code, Kind::kCode));
  if (const auto* next = std::get_if<VerifyNextCode>(&effect)) return Verifies(Typed(next->code, Kind::kCode));
  if (const auto* code = std::get_if<VerifyEnrolCode>(&effect)) return Verifies(Typed(code->code, Kind::kEnrolCode));
  if (std::holds_alternative<StopKey>(effect)) {
    KeyEnds();
    return "";
  }
  return Verifies(answered_ ? "" : "an assertion is verified that no key gave");
}

std::string ProofWatch::Drives(const SecretBytes& pin) {
  if (key_ == Key::kDriven) return "a key is driven twice at a time";
  if (question_.has_value() || verifying_) return "a key is driven beside something else";
  if (!pin.empty() && (asked_ != Kind::kPin || pin != said_)) return "a key is given a PIN that nobody typed for it";
  if (IsYubicoOtp(pin)) return "a key is given a code of Yubico's as a PIN";
  key_ = Key::kDriven;
  return "";
}

std::string ProofWatch::Asks(const proto::Ask& ask) {
  if (question_.has_value()) return "two questions are open";
  if (verifying_) return "something is asked while an answer is verified";
  if (ask.kind == Kind::kPin) {
    if (!wants_pin_) return "a PIN is asked for that no key wants";
    if (++pins_ > kMaxPinPrompts) return "a PIN is asked for a fourth time";
    if (key_ == Key::kDriven) key_ = Key::kWaiting;
  }
  if (key_ == Key::kDriven) return "something is asked while a key is driven";
  question_ = ask.kind;
  return "";
}

std::string ProofWatch::Verifies(std::string wrong) {
  return std::exchange(verifying_, true) ? "two answers are verified at a time" : std::move(wrong);
}

std::string ProofWatch::Typed(const SecretBytes& code, Kind asked) const {
  const bool fits = asked_ == asked || (asked_ == Kind::kChoice && asked == Kind::kCode);
  if (!fits || code != said_) return "a code is verified that nobody typed";
  if (asked == Kind::kCode && IsYubicoOtp(code)) return "a code of Yubico's is verified, and counted as a guess";
  return "";
}

std::string ProofWatch::Ends() const { return key_ == Key::kIdle ? "" : "the worker of a key is left behind"; }

}  // namespace fob::testing
