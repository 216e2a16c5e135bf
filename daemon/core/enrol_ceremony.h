#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/core/login_ceremony.h"
#include "daemon/core/proof.h"

// A change of somebody's factors in progress, as a pure state machine:
//
//   idle --begun--> [proving] --> action
//   enrol key:  making (<--> asking_pin) --made--> verifying --> committing --> done
//   enrol otp:  asking_code --answer--> verifying --> committing --> done
//   remove, rename, recovery codes, test: committing --> done
//
// Trusted callers skip the proof. Testing a key is a proof with that key alone.
namespace fob::core {

enum class EnrolAction { kEnrolKey, kEnrolOtp, kRemoveKey, kRemoveOtp, kRenameKey, kRecoveryCodes, kTestKey };
std::string_view EnrolActionName(EnrolAction action);  // in the audit trail: "key.enrol"
enum class EnrolStage { kIdle, kProving, kMaking, kAskingPin, kAskingCode, kVerifying, kCommitting, kDone };

struct EnrolCeremony {
  EnrolStage stage = EnrolStage::kIdle;
  EnrolAction action = EnrolAction::kEnrolKey;
  bool proof_needed = true;  // testing a key is its own proof, whoever asks
  std::string name;  // of the factor, for prompts
  Proof proof;
  int pin_prompts = 0;
  int code_prompts = 0;
};

struct CredentialMade {};  // the driver holds it
struct FactorVerified {    // credential or activation code
  Status outcome;
};
using EnrolEvent = std::variant<ProofEvent, CredentialMade, FactorVerified, Committed>;

struct MakeCredential {
  SecretBytes pin;
};
struct OfferOtp {  // with the question for its first code
  proto::Ask ask;
};
struct VerifyCredential {};
struct VerifyActivation {
  SecretBytes code;
};
struct CommitEnrolment {};
struct FinishEnrolment {};
struct RefuseEnrolment {
  Error error;
};
using EnrolEffect = std::variant<ProofEffect, MakeCredential, OfferOtp, VerifyCredential, VerifyActivation,
                                 CommitEnrolment, FinishEnrolment, RefuseEnrolment>;

struct EnrolStep {
  EnrolCeremony state;
  std::vector<EnrolEffect> effects;
};

EnrolStep Step(EnrolCeremony state, EnrolEvent event);

}  // namespace fob::core
