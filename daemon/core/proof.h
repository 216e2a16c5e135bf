#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "daemon/core/factor_path.h"
#include "proto/messages.h"

// Proving one factor, as a pure state machine: what a login and an enrolment have in common.
//
//   idle --begun--> choosing | asking_code | asking_enrol_code | driving
//   choosing --answer--> driving (empty) | verifying (a code)
//   asking_code, asking_next_code, asking_enrol_code --answer--> verifying
//   verifying --a counter that is out of step--> asking_next_code
//   driving --pin needed, wrong PIN--> asking_pin --answer--> driving
//   driving --assertion--> verifying --verified--> proved | refused
//
// Timeouts, failures and a caller that goes away end in `refused` from everywhere.
namespace fob::core {

constexpr int kMaxPinPrompts = 3;  // of one conversation

// The kinds of codes that count.
struct CodeKinds {
  bool totp = false;
  bool hotp = false;
  bool recovery = false;
  bool any() const { return totp || hotp || recovery; }
};

// What may prove the factor now.
struct ProofPlan {
  bool key = false;
  bool key_uv = false;  // the signed UV flag is required
  CodeKinds codes;
  bool enrol_code = false;
  std::string user;     // for prompts
  std::string service;
  std::string purpose;  // ", to remove the key \"old\""; may be empty
};

// What the first factors of `paths` ask for; the preferred path tells whether a key must verify its user. User,
// service and purpose are those of `about`.
ProofPlan PlanFor(const std::vector<FactorPath>& paths, ProofPlan about);

enum class ProofStage {
  kIdle, kChoosing, kAskingCode, kAskingNextCode, kAskingEnrolCode, kAskingPin, kDriving, kVerifying, kProved, kRefused
};

struct Proof {
  ProofStage stage = ProofStage::kIdle;
  ProofPlan plan;
  int pin_prompts = 0;
  std::optional<Evidence> evidence;  // once proved; an enrolment code permits and is no factor
};

// What happens to it.
struct Begun {};
struct Answered {
  SecretBytes text;
};
struct KeySaid {  // progress of the worker
  proto::Progress progress;
};
struct PinAsked {
  proto::PinNeeded pin;
};
struct KeyAnswered {};  // an assertion arrived; the driver holds it
struct KeyFailed {
  Error error;
};
struct CodeOutOfStep {};  // a counter's code from further on: the one after it is wanted as well
// The evidence is what the verification found, never what was asked for.
struct Verified {
  Result<std::optional<Evidence>> evidence;
};
struct TimedOut {};
struct CallerGone {};
using ProofEvent =
    std::variant<Begun, Answered, KeySaid, PinAsked, KeyAnswered, KeyFailed, CodeOutOfStep, Verified, TimedOut,
                                CallerGone>;

// What is to be done about it.
struct Tell {
  proto::Info info;
};
struct AskPerson {
  proto::Ask ask;
};
struct DriveKey {
  SecretBytes pin;  // empty: none yet
  bool uv = false;
};
struct StopKey {};
struct VerifyCode {
  SecretBytes code;
  CodeKinds kinds;
};
struct VerifyNextCode {  // the one before it is held by who verifies
  SecretBytes code;
};
struct VerifyEnrolCode {
  SecretBytes code;
};
struct VerifyAssertion {};
using ProofEffect = std::variant<Tell, AskPerson, DriveKey, StopKey, VerifyCode, VerifyNextCode, VerifyEnrolCode,
                                 VerifyAssertion>;

struct ProofStep {
  Proof state;
  std::vector<ProofEffect> effects;
  // Set when the stage is kRefused: why.
  std::optional<Error> refusal;
};

ProofStep Step(Proof state, ProofEvent event);

// Why a ceremony ends before its end.
Error TookTooLong();
Error CallerWentAway();

// The texts that people read.
proto::Info InfoFor(const proto::Progress& progress, const ProofPlan& plan);
// Why `key` ("Your security key") asks for a PIN, and the tries left.
std::string PinLead(const proto::PinNeeded& pin, const std::string& key);

}  // namespace fob::core
