// Every pair of (stage, event) of a change of factors, for every action.

#include <gtest/gtest.h>

#include "tests/support/ceremonies/events.h"
#include "tests/unit/core/ceremony_text.h"
#include "tests/unit/core/event_table.h"

namespace fob::core {
namespace {

using testing::AskingPin;
using testing::Failed;
using testing::Found;
using testing::FoundBad;
using testing::FoundNothing;
using testing::Said;
using testing::Touching;

constexpr std::array kActions = {EnrolAction::kEnrolKey, EnrolAction::kEnrolOtp,
                                 EnrolAction::kRemoveKey, EnrolAction::kRemoveOtp,
                                 EnrolAction::kRenameKey, EnrolAction::kRecoveryCodes,
                                 EnrolAction::kTestKey};
static_assert(kActions.size() == static_cast<size_t>(EnrolAction::kTestKey) + 1);

struct Column {
  EnrolStage stage;
  ProofStage proof;
  bool proof_needed;
};
constexpr std::array kColumns = {
    Column{EnrolStage::kIdle, ProofStage::kIdle, true},
    Column{EnrolStage::kIdle, ProofStage::kIdle, false},
    Column{EnrolStage::kProving, ProofStage::kChoosing, true},
    Column{EnrolStage::kProving, ProofStage::kAskingCode, true},
    Column{EnrolStage::kProving, ProofStage::kAskingNextCode, true},
    Column{EnrolStage::kProving, ProofStage::kAskingEnrolCode, true},
    Column{EnrolStage::kProving, ProofStage::kAskingPin, true},
    Column{EnrolStage::kProving, ProofStage::kDriving, true},
    Column{EnrolStage::kProving, ProofStage::kVerifying, true},
    Column{EnrolStage::kMaking, ProofStage::kProved, true},
    Column{EnrolStage::kAskingPin, ProofStage::kProved, true},
    Column{EnrolStage::kAskingCode, ProofStage::kProved, true},
    Column{EnrolStage::kVerifying, ProofStage::kProved, true},
    Column{EnrolStage::kCommitting, ProofStage::kProved, true},
    Column{EnrolStage::kDone, ProofStage::kRefused, true},
};

constexpr bool EveryStage() {
  std::array<bool, static_cast<size_t>(EnrolStage::kDone) + 1> stages{};
  std::array<bool, static_cast<size_t>(ProofStage::kRefused) + 1> proofs{};
  for (const Column& column : kColumns) {
    stages[static_cast<size_t>(column.stage)] = true;
    proofs[static_cast<size_t>(column.proof)] = true;
  }
  for (const bool one : stages) {
    if (!one) return false;
  }
  for (const bool one : proofs) {
    if (!one) return false;
  }
  return true;
}
static_assert(EveryStage());

using AnyEvent = std::variant<Begun, Answered, KeySaid, PinAsked, KeyAnswered, KeyFailed, CodeOutOfStep,
                              Verified, TimedOut, CallerGone, CredentialMade, FactorVerified, Committed>;
static_assert(std::variant_size_v<AnyEvent> ==
              std::variant_size_v<ProofEvent> + std::variant_size_v<EnrolEvent> - 1);

enum class Asks { kBoth, kKey, kEnrolCode, kNothing };

struct Row {
  const char* event;
  size_t alternative;
  EnrolEvent (*make)();
  Asks plan;
  int prompts;  // for PIN and code that were made before
  std::array<const char*, kColumns.size()> cells;
};

template <typename T>
constexpr size_t kEvent = kAlternative<T, AnyEvent>;

EnrolEvent Checked(std::string_view reason) {
  return FactorVerified{reason.empty() ? Ok() : Status(MakeError(Code::kDenied, reason, "no"))};
}
EnrolEvent Stored(std::string_view reason) {
  return Committed{reason.empty() ? Ok() : Status(MakeError(Code::kConflict, reason, "no"))};
}

// Where the action decides, the cell names the decision and these tell it, in the order of kActions.
struct Decision {
  std::string_view name;
  std::array<const char*, kActions.size()> outcome;
};
constexpr Decision kDecisions[] = {
    // The caller is permitted: what the action does first. A test is done when its proof is.
    {"@act", {"making +make", "asking_code +offer", "committing +commit", "committing +commit", "committing +commit", "committing +commit", "committing +commit"}},
    // Trusted callers need no proof, but a test is one.
    {"@act or test", {"making +make", "asking_code +offer", "committing +commit", "committing +commit", "committing +commit", "committing +commit", "proving/choosing +ask/choice"}},
    {"@act or drive", {"making +make", "asking_code +offer", "committing +commit", "committing +commit", "committing +commit", "committing +commit", "proving/driving +drive"}},
    {"@act or code", {"making +make", "asking_code +offer", "committing +commit", "committing +commit", "committing +commit", "committing +commit", "proving/asking_enrol_code +ask/enrol_code"}},
    {"@act or refuse", {"making +make", "asking_code +offer", "committing +commit", "committing +commit", "committing +commit", "committing +commit", "done +refuse(no_factor)"}},
    // A code that was mistyped is asked for again.
    {"@again", {"done +refuse(wrong_code)", "asking_code +offer", "done +refuse(wrong_code)", "done +refuse(wrong_code)", "done +refuse(wrong_code)", "done +refuse(wrong_code)", "done +refuse(wrong_code)"}},
};

std::string Expected(std::string_view cell, size_t action) {
  for (const Decision& decision : kDecisions) {
    if (decision.name == cell) return decision.outcome[action];
  }
  return std::string(cell);
}

// clang-format off
constexpr Row kRows[] = {
  // The cells: while idle (proof needed), idle (trusted); proving and choosing, asking_code, asking_next_code, asking_enrol_code,
  // asking_pin, driving, verifying; making, asking_pin, asking_code, verifying, committing, done.
  {"begun, either", kEvent<Begun>, [] { return EnrolEvent(ProofEvent(Begun{})); }, Asks::kBoth, 0,
   {"proving/choosing +ask/choice", "@act or test", "=", "=", "=", "=", "=", "=", "=", "=", "=",
    "=", "=", "=", "="}},
  {"begun, a key", kEvent<Begun>, [] { return EnrolEvent(ProofEvent(Begun{})); }, Asks::kKey, 0,
   {"proving/driving +drive", "@act or drive", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=",
    "=", "=", "="}},
  {"begun, enrol code", kEvent<Begun>,
   [] { return EnrolEvent(ProofEvent(Begun{})); }, Asks::kEnrolCode, 0,
   {"proving/asking_enrol_code +ask/enrol_code", "@act or code", "=", "=", "=", "=", "=", "=", "=",
    "=", "=", "=", "=", "=", "="}},
  {"begun, nothing", kEvent<Begun>,
   [] { return EnrolEvent(ProofEvent(Begun{})); }, Asks::kNothing, 0,
   {"done +refuse(no_factor)", "@act or refuse", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=",
    "=", "=", "="}},
  {"answered", kEvent<Answered>, [] { return EnrolEvent(Said("123456")); }, Asks::kBoth, 0,
   {"done +refuse(no_question)", "done +refuse(no_question)", "proving/verifying +verify_code",
    "proving/verifying +verify_code", "proving/verifying +verify_next_code",
    "proving/verifying +verify_enrol_code", "proving/driving +drive/pin",
    "done +stop +refuse(no_question)", "done +refuse(no_question)",
    "done +stop +refuse(no_question)", "making +make/pin", "verifying +verify_activation",
    "done +refuse(no_question)", "=", "="}},
  {"answered nothing", kEvent<Answered>, [] { return EnrolEvent(Said("")); }, Asks::kBoth, 0,
   {"done +refuse(no_question)", "done +refuse(no_question)", "proving/driving +drive",
    "proving/verifying +verify_code", "proving/verifying +verify_next_code",
    "proving/verifying +verify_enrol_code", "done +stop +refuse(no_pin_given)",
    "done +stop +refuse(no_question)", "done +refuse(no_question)",
    "done +stop +refuse(no_question)", "done +stop +refuse(no_pin_given)",
    "verifying +verify_activation", "done +refuse(no_question)", "=", "="}},
  {"key said", kEvent<KeySaid>, [] { return EnrolEvent(Touching()); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "proving/driving +tell/touch", "=", "making +tell/touch",
    "=", "=", "=", "=", "="}},
  {"pin asked", kEvent<PinAsked>, [] { return EnrolEvent(AskingPin()); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "proving/asking_pin +ask/pin", "=", "asking_pin +ask/pin",
    "=", "=", "=", "=", "="}},
  {"pin asked, 4th", kEvent<PinAsked>, [] { return EnrolEvent(AskingPin()); }, Asks::kBoth, 3,
   {"=", "=", "=", "=", "=", "=", "=", "done +stop +refuse(wrong_pin)", "=",
    "done +stop +refuse(wrong_pin)", "=", "=", "=", "=", "="}},
  {"key answered", kEvent<KeyAnswered>,
   [] { return EnrolEvent(ProofEvent(KeyAnswered{})); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "proving/verifying +verify_assertion", "=", "=", "=", "=",
    "=", "=", "="}},
  {"key failed", kEvent<KeyFailed>, [] { return EnrolEvent(Failed("no_touch")); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "done +refuse(no_touch)", "=", "done +refuse(no_touch)",
    "=", "=", "=", "=", "="}},
  {"wrong pin", kEvent<KeyFailed>, [] { return EnrolEvent(Failed("wrong_pin")); }, Asks::kBoth, 2,
   {"=", "=", "=", "=", "=", "=", "=", "proving/asking_pin +ask/pin", "=", "asking_pin +ask/pin",
    "=", "=", "=", "=", "="}},
  {"wrong pin, 3rd", kEvent<KeyFailed>,
   [] { return EnrolEvent(Failed("wrong_pin")); }, Asks::kBoth, 3,
   {"=", "=", "=", "=", "=", "=", "=", "done +refuse(wrong_pin)", "=", "done +refuse(wrong_pin)",
    "=", "=", "=", "=", "="}},
  {"verified key", kEvent<Verified>, [] { return EnrolEvent(Found(Factor::kKey)); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "@act", "=", "=", "=", "=", "=", "="}},
  {"verified code", kEvent<Verified>,
   [] { return EnrolEvent(Found(Factor::kTotp)); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "@act", "=", "=", "=", "=", "=", "="}},
  {"verified enrol code", kEvent<Verified>,
   [] { return EnrolEvent(FoundNothing()); }, Asks::kEnrolCode, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "@act", "=", "=", "=", "=", "=", "="}},
  {"verified nothing", kEvent<Verified>, [] { return EnrolEvent(FoundNothing()); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "done +refuse(wrong_factor)", "=", "=", "=", "=", "=",
    "="}},
  {"not verified", kEvent<Verified>,
   [] { return EnrolEvent(FoundBad("bad_signature")); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "done +refuse(bad_signature)", "=", "=", "=", "=", "=",
    "="}},
  {"code ahead", kEvent<CodeOutOfStep>,
   [] { return EnrolEvent(ProofEvent(CodeOutOfStep{})); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "proving/asking_next_code +ask/code", "=", "=", "=", "=",
    "=", "="}},
  {"timed out", kEvent<TimedOut>, [] { return EnrolEvent(ProofEvent(TimedOut{})); }, Asks::kBoth, 0,
   {"done +refuse(timed_out)", "done +refuse(timed_out)", "done +refuse(timed_out)",
    "done +refuse(timed_out)", "done +refuse(timed_out)", "done +refuse(timed_out)",
    "done +stop +refuse(timed_out)", "done +stop +refuse(timed_out)", "done +refuse(timed_out)",
    "done +stop +refuse(timed_out)", "done +stop +refuse(timed_out)", "done +refuse(timed_out)",
    "done +refuse(timed_out)", "=", "="}},
  {"caller gone", kEvent<CallerGone>,
   [] { return EnrolEvent(ProofEvent(CallerGone{})); }, Asks::kBoth, 0,
   {"done +refuse(caller_gone)", "done +refuse(caller_gone)", "done +refuse(caller_gone)",
    "done +refuse(caller_gone)", "done +refuse(caller_gone)", "done +refuse(caller_gone)",
    "done +stop +refuse(caller_gone)", "done +stop +refuse(caller_gone)",
    "done +refuse(caller_gone)", "done +stop +refuse(caller_gone)",
    "done +stop +refuse(caller_gone)", "done +refuse(caller_gone)", "done +refuse(caller_gone)",
    "=", "="}},
  {"credential made", kEvent<CredentialMade>,
   [] { return EnrolEvent(CredentialMade{}); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "=", "verifying +verify_credential", "=", "=", "=",
    "=", "="}},
  {"factor is good", kEvent<FactorVerified>, [] { return Checked(""); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "committing +commit", "=", "="}},
  {"wrong code", kEvent<FactorVerified>, [] { return Checked("wrong_code"); }, Asks::kBoth, 2,
   {"=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "@again", "=", "="}},
  {"wrong code, 3rd", kEvent<FactorVerified>, [] { return Checked("wrong_code"); }, Asks::kBoth, 3,
   {"=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "done +refuse(wrong_code)", "=",
    "="}},
  {"factor is bad", kEvent<FactorVerified>, [] { return Checked("bad_signature"); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "done +refuse(bad_signature)", "=",
    "="}},
  {"committed", kEvent<Committed>, [] { return Stored(""); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "done +finish", "="}},
  {"not committed", kEvent<Committed>, [] { return Stored("name_taken"); }, Asks::kBoth, 0,
   {"=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "=", "done +refuse(name_taken)",
    "="}},
};
// clang-format on
static_assert(Complete<AnyEvent>(kRows));

TEST(EnrolTable, EveryActionStageAndEvent) {
  for (size_t action = 0; action < kActions.size(); ++action) {
    for (const Row& row : kRows) {
      for (size_t at = 0; at < kColumns.size(); ++at) {
        EnrolCeremony before;
        before.action = kActions[action];
        before.name = "phone";
        before.stage = kColumns[at].stage;
        before.proof_needed = kColumns[at].proof_needed;
        before.proof.stage = kColumns[at].proof;
        before.proof.plan.user = "alice";
        before.proof.plan.service = "fobctl";
        before.proof.plan.key = row.plan == Asks::kBoth || row.plan == Asks::kKey;
        before.proof.plan.codes.totp = row.plan == Asks::kBoth;
        before.proof.plan.enrol_code = row.plan == Asks::kEnrolCode;
        before.pin_prompts = before.code_prompts = before.proof.pin_prompts = row.prompts;
        const EnrolStep step = Step(before, row.make());
        EXPECT_EQ(StepText(before, step), Expected(row.cells[at], action))
            << row.event << ", action " << action << ", column " << at;
      }
    }
  }
}

TEST(EnrolTable, I12_ThreePinPromptsAndThreeCodePromptsAtMost) {
  EnrolCeremony key;
  key.proof_needed = false;
  EnrolStep step = Step(std::move(key), ProofEvent{Begun{}});
  step = Step(std::move(step.state), AskingPin());
  int tries = 0;
  while (step.state.stage == EnrolStage::kAskingPin && tries < 10) {
    step = Step(std::move(step.state), Said("1234"));
    ++tries;
    step = Step(std::move(step.state), Failed("wrong_pin"));
  }
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(step.state.stage, EnrolStage::kDone);

  EnrolCeremony otp;
  otp.action = EnrolAction::kEnrolOtp;
  otp.proof_needed = false;
  step = Step(std::move(otp), ProofEvent{Begun{}});
  for (tries = 0; step.state.stage == EnrolStage::kAskingCode && tries < 10; ++tries) {
    step = Step(std::move(step.state), Said("000000"));
    step = Step(std::move(step.state), Checked("wrong_code"));
  }
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(step.state.stage, EnrolStage::kDone);
}

}  // namespace
}  // namespace fob::core
