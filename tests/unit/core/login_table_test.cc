// Every pair of (stage, event) of a login.

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

struct Column {
  LoginStage stage;
  ProofStage proof;
};
constexpr std::array kColumns = {
    Column{LoginStage::kIdle, ProofStage::kIdle},
    Column{LoginStage::kProving, ProofStage::kChoosing},
    Column{LoginStage::kProving, ProofStage::kAskingCode},
    Column{LoginStage::kProving, ProofStage::kAskingNextCode},
    Column{LoginStage::kProving, ProofStage::kAskingEnrolCode},
    Column{LoginStage::kProving, ProofStage::kAskingPin},
    Column{LoginStage::kProving, ProofStage::kDriving},
    Column{LoginStage::kProving, ProofStage::kVerifying},
    Column{LoginStage::kCommitting, ProofStage::kProved},
    Column{LoginStage::kDone, ProofStage::kRefused},
    Column{LoginStage::kDone, ProofStage::kProved},
};

// All four stages are there, and every stage that the proof may have while it goes on.
constexpr bool EveryStage() {
  std::array<bool, static_cast<size_t>(LoginStage::kDone) + 1> stages{};
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

enum class Asks { kKey, kKeyUv, kBoth, kEnrolCode, kNothing };

// The proof's own events first, then Committed.
using AnyEvent = std::variant<Begun, Answered, KeySaid, PinAsked, KeyAnswered, KeyFailed, CodeOutOfStep,
                              Verified, TimedOut, CallerGone, Committed>;
static_assert(std::variant_size_v<AnyEvent> == std::variant_size_v<ProofEvent> + 1);
static_assert(std::variant_size_v<LoginEvent> == 2);

struct Row {
  const char* event;
  size_t alternative;
  LoginEvent (*make)();
  Asks plan;
  std::array<const char*, kColumns.size()> cells;
};

template <typename T>
constexpr size_t kEvent = kAlternative<T, AnyEvent>;

// clang-format off
constexpr Row kRows[] = {
  // The cells: while idle; proving and choosing, asking_code, asking_next_code, asking_enrol_code, asking_pin, driving,
  // verifying; committing; done (refused); done (granted).
  {"begun, a key", kEvent<Begun>, [] { return LoginEvent(ProofEvent(Begun{})); }, Asks::kKey,
   {"proving/driving +drive", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"begun, key and UV", kEvent<Begun>, [] { return LoginEvent(ProofEvent(Begun{})); }, Asks::kKeyUv,
   {"proving/driving +drive/uv", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"begun, either", kEvent<Begun>, [] { return LoginEvent(ProofEvent(Begun{})); }, Asks::kBoth,
   {"proving/choosing +ask/choice", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"begun, nothing", kEvent<Begun>, [] { return LoginEvent(ProofEvent(Begun{})); }, Asks::kNothing,
   {"done +refuse(no_factor)", "=", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"answered", kEvent<Answered>, [] { return LoginEvent(Said("123456")); }, Asks::kBoth,
   {"done +refuse(no_question)", "proving/verifying +verify_code",
    "proving/verifying +verify_code", "proving/verifying +verify_next_code",
    "proving/verifying +verify_enrol_code", "proving/driving +drive/pin",
    "done +stop +refuse(no_question)", "done +refuse(no_question)", "=", "=", "="}},
  {"answered nothing", kEvent<Answered>, [] { return LoginEvent(Said("")); }, Asks::kBoth,
   {"done +refuse(no_question)", "proving/driving +drive", "proving/verifying +verify_code",
    "proving/verifying +verify_next_code", "proving/verifying +verify_enrol_code",
    "done +stop +refuse(no_pin_given)", "done +stop +refuse(no_question)",
    "done +refuse(no_question)", "=", "=", "="}},
  {"key said", kEvent<KeySaid>, [] { return LoginEvent(Touching()); }, Asks::kKey,
   {"=", "=", "=", "=", "=", "=", "proving/driving +tell/touch", "=", "=", "=", "="}},
  {"pin asked", kEvent<PinAsked>, [] { return LoginEvent(AskingPin()); }, Asks::kKeyUv,
   {"=", "=", "=", "=", "=", "=", "proving/asking_pin +ask/pin", "=", "=", "=", "="}},
  {"key answered", kEvent<KeyAnswered>,
   [] { return LoginEvent(ProofEvent(KeyAnswered{})); }, Asks::kKey,
   {"=", "=", "=", "=", "=", "=", "proving/verifying +verify_assertion", "=", "=", "=", "="}},
  {"key failed", kEvent<KeyFailed>, [] { return LoginEvent(Failed("no_touch")); }, Asks::kKey,
   {"=", "=", "=", "=", "=", "=", "done +refuse(no_touch)", "=", "=", "=", "="}},
  {"wrong pin", kEvent<KeyFailed>, [] { return LoginEvent(Failed("wrong_pin")); }, Asks::kKeyUv,
   {"=", "=", "=", "=", "=", "=", "proving/asking_pin +ask/pin", "=", "=", "=", "="}},
  {"verified key", kEvent<Verified>, [] { return LoginEvent(Found(Factor::kKey)); }, Asks::kKey,
   {"=", "=", "=", "=", "=", "=", "=", "committing +commit", "=", "=", "="}},
  {"verified key, no UV", kEvent<Verified>,
   [] { return LoginEvent(Found(Factor::kKey)); }, Asks::kKeyUv,
   {"=", "=", "=", "=", "=", "=", "=", "done +refuse(not_user_verified)", "=", "=", "="}},
  {"verified code", kEvent<Verified>, [] { return LoginEvent(Found(Factor::kTotp)); }, Asks::kBoth,
   {"=", "=", "=", "=", "=", "=", "=", "committing +commit", "=", "=", "="}},
  {"verified enrol code", kEvent<Verified>,
   [] { return LoginEvent(FoundNothing()); }, Asks::kEnrolCode,
   {"=", "=", "=", "=", "=", "=", "=", "done +refuse(no_factor)", "=", "=", "="}},
  {"verified nothing", kEvent<Verified>, [] { return LoginEvent(FoundNothing()); }, Asks::kBoth,
   {"=", "=", "=", "=", "=", "=", "=", "done +refuse(wrong_factor)", "=", "=", "="}},
  {"not verified", kEvent<Verified>, [] { return LoginEvent(FoundBad("wrong_code")); }, Asks::kBoth,
   {"=", "=", "=", "=", "=", "=", "=", "done +refuse(wrong_code)", "=", "=", "="}},
  {"code ahead", kEvent<CodeOutOfStep>,
   [] { return LoginEvent(ProofEvent(CodeOutOfStep{})); }, Asks::kBoth,
   {"=", "=", "=", "=", "=", "=", "=", "proving/asking_next_code +ask/code", "=", "=", "="}},
  {"timed out", kEvent<TimedOut>, [] { return LoginEvent(ProofEvent(TimedOut{})); }, Asks::kBoth,
   {"done +refuse(timed_out)", "done +refuse(timed_out)", "done +refuse(timed_out)",
    "done +refuse(timed_out)", "done +refuse(timed_out)", "done +stop +refuse(timed_out)",
    "done +stop +refuse(timed_out)", "done +refuse(timed_out)", "=", "=", "="}},
  {"caller gone", kEvent<CallerGone>,
   [] { return LoginEvent(ProofEvent(CallerGone{})); }, Asks::kBoth,
   {"done +refuse(caller_gone)", "done +refuse(caller_gone)", "done +refuse(caller_gone)",
    "done +refuse(caller_gone)", "done +refuse(caller_gone)", "done +stop +refuse(caller_gone)",
    "done +stop +refuse(caller_gone)", "done +refuse(caller_gone)", "=", "=", "="}},
  {"committed", kEvent<Committed>, [] { return LoginEvent(Committed{Ok()}); }, Asks::kBoth,
   {"=", "=", "=", "=", "=", "=", "=", "=", "done +grant", "=", "="}},
  {"not committed", kEvent<Committed>,
   [] { return LoginEvent(Committed{MakeError(Code::kDenied, "replayed_code", "")}); }, Asks::kBoth,
   {"=", "=", "=", "=", "=", "=", "=", "=", "done +refuse(replayed_code)", "=", "="}},
};
// clang-format on
static_assert(Complete<AnyEvent>(kRows));

TEST(LoginTable, EveryStageAndEvent) {
  for (const Row& row : kRows) {
    for (size_t at = 0; at < kColumns.size(); ++at) {
      LoginCeremony before;
      before.stage = kColumns[at].stage;
      before.proof.stage = kColumns[at].proof;
      before.proof.plan.key =
          row.plan == Asks::kKey || row.plan == Asks::kKeyUv || row.plan == Asks::kBoth;
      before.proof.plan.key_uv = row.plan == Asks::kKeyUv;
      before.proof.plan.codes.totp = row.plan == Asks::kBoth;
      if (before.proof.plan.key) {
        before.paths.push_back({row.plan == Asks::kKeyUv ? Factor::kKeyUv : Factor::kKey});
      }
      if (before.proof.plan.codes.any()) before.paths.push_back({Factor::kTotp});
      if (before.stage == LoginStage::kCommitting) before.paths = {{}};
      // A login never plans one: the column is there so that even then it grants nothing.
      before.proof.plan.enrol_code = row.plan == Asks::kEnrolCode;
      if (before.proof.stage == ProofStage::kProved) before.proof.evidence = Evidence{};
      const LoginStep step = Step(before, row.make());
      EXPECT_EQ(StepText(before, step), row.cells[at]) << row.event << ", column " << at;
    }
  }
}

}  // namespace
}  // namespace fob::core
