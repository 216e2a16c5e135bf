// Every pair of (stage, event) of the proof of one factor.

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

constexpr std::array kStages = {ProofStage::kIdle,       ProofStage::kChoosing,
                                ProofStage::kAskingCode, ProofStage::kAskingNextCode, ProofStage::kAskingEnrolCode,
                                ProofStage::kAskingPin,  ProofStage::kDriving,
                                ProofStage::kVerifying,  ProofStage::kProved,
                                ProofStage::kRefused};
static_assert(kStages.size() == static_cast<size_t>(ProofStage::kRefused) + 1);

enum class Asks { kKey, kKeyUv, kCode, kBoth, kEnrolCode, kNothing };

ProofPlan PlanOf(Asks asks) {
  ProofPlan plan;
  plan.key = asks == Asks::kKey || asks == Asks::kKeyUv || asks == Asks::kBoth;
  plan.key_uv = asks == Asks::kKeyUv;
  plan.codes.totp = asks == Asks::kCode || asks == Asks::kBoth;
  plan.enrol_code = asks == Asks::kEnrolCode;
  plan.user = "alice";
  plan.service = "sudo";
  return plan;
}

struct Row {
  const char* event;
  size_t alternative;
  ProofEvent (*make)();
  Asks plan;
  int pin_prompts;  // that were already made
  std::array<const char*, kStages.size()> cells;
};

template <typename T>
constexpr size_t kEvent = kAlternative<T, ProofEvent>;
constexpr int k0 = 0;
constexpr int k2 = 2;
constexpr int k3 = 3;

// clang-format off
constexpr Row kRows[] = {
  // The cells: while idle, choosing, asking_code, asking_next_code, asking_enrol_code, asking_pin, driving, verifying,
  // proved, refused.
  {"begun, a key", kEvent<Begun>, [] { return ProofEvent(Begun{}); }, Asks::kKey, k0,
   {"driving +drive", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"begun, key and UV", kEvent<Begun>, [] { return ProofEvent(Begun{}); }, Asks::kKeyUv, k0,
   {"driving +drive/uv", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"begun, a code", kEvent<Begun>, [] { return ProofEvent(Begun{}); }, Asks::kCode, k0,
   {"asking_code +ask/code", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"begun, either", kEvent<Begun>, [] { return ProofEvent(Begun{}); }, Asks::kBoth, k0,
   {"choosing +ask/choice", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"begun, enrol code", kEvent<Begun>, [] { return ProofEvent(Begun{}); }, Asks::kEnrolCode, k0,
   {"asking_enrol_code +ask/enrol_code", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"begun, nothing", kEvent<Begun>, [] { return ProofEvent(Begun{}); }, Asks::kNothing, k0,
   {"refused(no_factor)", "=", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"answered", kEvent<Answered>, [] { return Said("123456"); }, Asks::kBoth, k0,
   {"refused(no_question)", "verifying +verify_code", "verifying +verify_code",
    "verifying +verify_next_code", "verifying +verify_enrol_code", "driving +drive/pin",
    "refused(no_question) +stop", "refused(no_question)", "=", "="}},
  {"answered nothing", kEvent<Answered>, [] { return Said(""); }, Asks::kBoth, k0,
   {"refused(no_question)", "driving +drive", "verifying +verify_code",
    "verifying +verify_next_code", "verifying +verify_enrol_code", "refused(no_pin_given) +stop",
    "refused(no_question) +stop", "refused(no_question)", "=", "="}},
  {"answered by a YubiKey", kEvent<Answered>,
   [] { return Said("cccccccfjvndhlktdeflilhuvkrfcbnljvivcreidkhg"); }, Asks::kBoth, k0,
   {"refused(no_question)", "refused(yubico_otp)", "refused(yubico_otp)", "refused(yubico_otp)",
    "verifying +verify_enrol_code", "refused(yubico_otp) +stop", "refused(no_question) +stop",
    "refused(no_question)", "=", "="}},
  {"answered, UV asked", kEvent<Answered>, [] { return Said("1234"); }, Asks::kKeyUv, k0,
   {"refused(no_question)", "verifying +verify_code", "verifying +verify_code",
    "verifying +verify_next_code", "verifying +verify_enrol_code", "driving +drive/uv/pin",
    "refused(no_question) +stop", "refused(no_question)", "=", "="}},
  {"key said", kEvent<KeySaid>, [] { return Touching(); }, Asks::kKey, k0,
   {"=", "=", "=", "=", "=", "=", "driving +tell/touch", "=", "=", "="}},
  {"pin asked", kEvent<PinAsked>, [] { return AskingPin(); }, Asks::kKeyUv, k0,
   {"=", "=", "=", "=", "=", "=", "asking_pin +ask/pin", "=", "=", "="}},
  {"pin asked, 3rd", kEvent<PinAsked>, [] { return AskingPin(); }, Asks::kKeyUv, k2,
   {"=", "=", "=", "=", "=", "=", "asking_pin +ask/pin", "=", "=", "="}},
  {"pin asked, 4th", kEvent<PinAsked>, [] { return AskingPin(); }, Asks::kKeyUv, k3,
   {"=", "=", "=", "=", "=", "=", "refused(wrong_pin) +stop", "=", "=", "="}},
  {"key answered", kEvent<KeyAnswered>, [] { return ProofEvent(KeyAnswered{}); }, Asks::kKey, k0,
   {"=", "=", "=", "=", "=", "=", "verifying +verify_assertion", "=", "=", "="}},
  {"key failed", kEvent<KeyFailed>, [] { return Failed("no_touch"); }, Asks::kKey, k0,
   {"=", "=", "=", "=", "=", "=", "refused(no_touch)", "=", "=", "="}},
  {"wrong pin", kEvent<KeyFailed>, [] { return Failed("wrong_pin"); }, Asks::kKeyUv, k2,
   {"=", "=", "=", "=", "=", "=", "asking_pin +ask/pin", "=", "=", "="}},
  {"wrong pin, 3rd", kEvent<KeyFailed>, [] { return Failed("wrong_pin"); }, Asks::kKeyUv, k3,
   {"=", "=", "=", "=", "=", "=", "refused(wrong_pin)", "=", "=", "="}},
  {"verified key", kEvent<Verified>, [] { return Found(Factor::kKey); }, Asks::kKey, k0,
   {"=", "=", "=", "=", "=", "=", "=", "proved", "=", "="}},
  {"verified key, no UV", kEvent<Verified>, [] { return Found(Factor::kKey); }, Asks::kKeyUv, k0,
   {"=", "=", "=", "=", "=", "=", "=", "refused(not_user_verified)", "=", "="}},
  {"verified key and UV", kEvent<Verified>, [] { return Found(Factor::kKeyUv); }, Asks::kKeyUv, k0,
   {"=", "=", "=", "=", "=", "=", "=", "proved", "=", "="}},
  {"verified code", kEvent<Verified>, [] { return Found(Factor::kTotp); }, Asks::kBoth, k0,
   {"=", "=", "=", "=", "=", "=", "=", "proved", "=", "="}},
  {"code, key was asked", kEvent<Verified>, [] { return Found(Factor::kTotp); }, Asks::kKey, k0,
   {"=", "=", "=", "=", "=", "=", "=", "refused(wrong_factor)", "=", "="}},
  {"key, code was asked", kEvent<Verified>, [] { return Found(Factor::kKeyUv); }, Asks::kCode, k0,
   {"=", "=", "=", "=", "=", "=", "=", "refused(wrong_factor)", "=", "="}},
  {"vouched factor", kEvent<Verified>, [] { return Found(Factor::kPassword); }, Asks::kBoth, k0,
   {"=", "=", "=", "=", "=", "=", "=", "refused(wrong_factor)", "=", "="}},
  {"verified enrol code", kEvent<Verified>, [] { return FoundNothing(); }, Asks::kEnrolCode, k0,
   {"=", "=", "=", "=", "=", "=", "=", "proved", "=", "="}},
  {"nothing, key asked", kEvent<Verified>, [] { return FoundNothing(); }, Asks::kBoth, k0,
   {"=", "=", "=", "=", "=", "=", "=", "refused(wrong_factor)", "=", "="}},
  {"not verified", kEvent<Verified>, [] { return FoundBad("bad_signature"); }, Asks::kKey, k0,
   {"=", "=", "=", "=", "=", "=", "=", "refused(bad_signature)", "=", "="}},
  {"code ahead", kEvent<CodeOutOfStep>, [] { return ProofEvent(CodeOutOfStep{}); }, Asks::kBoth, k0,
   {"=", "=", "=", "=", "=", "=", "=", "asking_next_code +ask/code", "=", "="}},
  {"verified counter", kEvent<Verified>, [] { return Found(Factor::kHotp); }, Asks::kBoth, k0,
   {"=", "=", "=", "=", "=", "=", "=", "refused(wrong_factor)", "=", "="}},
  {"verified recovery", kEvent<Verified>, [] { return Found(Factor::kRecovery); }, Asks::kBoth, k0,
   {"=", "=", "=", "=", "=", "=", "=", "refused(wrong_factor)", "=", "="}},
  {"timed out", kEvent<TimedOut>, [] { return ProofEvent(TimedOut{}); }, Asks::kBoth, k0,
   {"refused(timed_out)", "refused(timed_out)", "refused(timed_out)", "refused(timed_out)",
    "refused(timed_out)", "refused(timed_out) +stop", "refused(timed_out) +stop",
    "refused(timed_out)", "=", "="}},
  {"caller gone", kEvent<CallerGone>, [] { return ProofEvent(CallerGone{}); }, Asks::kBoth, k0,
   {"refused(caller_gone)", "refused(caller_gone)", "refused(caller_gone)", "refused(caller_gone)",
    "refused(caller_gone)", "refused(caller_gone) +stop", "refused(caller_gone) +stop",
    "refused(caller_gone)", "=", "="}},
};
// clang-format on
static_assert(Complete<ProofEvent>(kRows));

TEST(ProofTable, EveryStageAndEvent) {
  for (const Row& row : kRows) {
    for (size_t at = 0; at < kStages.size(); ++at) {
      Proof before;
      before.stage = kStages[at];
      before.plan = PlanOf(row.plan);
      before.pin_prompts = row.pin_prompts;
      if (before.stage == ProofStage::kProved) before.evidence = Evidence{};
      ASSERT_EQ(row.make().index(), row.alternative) << row.event;
      const ProofStep step = Step(before, row.make());
      EXPECT_EQ(StepText(before, step), row.cells[at])
          << row.event << " while " << StageText(kStages[at]);
      // A reason and the stage "refused" come together, and evidence only with a proof.
      EXPECT_EQ(step.refusal.has_value(),
                step.state.stage == ProofStage::kRefused && before.stage != ProofStage::kRefused);
      if (step.state.stage != ProofStage::kProved) {
        EXPECT_FALSE(step.state.evidence.has_value());
      }
    }
  }
}

TEST(ProofTable, I9_EveryPromptNamesUserAndService) {
  for (const Asks asks : {Asks::kCode, Asks::kBoth}) {
    Proof proof;
    proof.plan = PlanOf(asks);
    const ProofStep step = Step(proof, Begun{});
    const auto& ask = std::get<AskPerson>(step.effects.at(0)).ask;
    EXPECT_NE(ask.prompt.find("alice"), std::string::npos) << ask.prompt;
    EXPECT_NE(ask.prompt.find("sudo"), std::string::npos) << ask.prompt;
  }
  using Progress = proto::Progress::Kind;
  for (const Progress kind : {Progress::kInsert, Progress::kTouch, Progress::kVerify,
                              Progress::kVerifyAgain}) {
    const proto::Info info = InfoFor({kind, {}, {}}, PlanOf(Asks::kKey));
    EXPECT_NE(info.message.find("for alice at sudo"), std::string::npos) << info.message;
  }
}

TEST(ProofTable, I11_EachProgressOfTheKeyHasItsOwnMessage) {
  using Progress = proto::Progress::Kind;
  std::vector<std::string> seen;
  for (const Progress kind : {Progress::kInsert, Progress::kTouch, Progress::kWrongKey,
                              Progress::kVerify, Progress::kVerifyAgain, Progress::kBusy}) {
    const proto::Info info =
        InfoFor({kind, "YubiKey 5", 2}, PlanOf(Asks::kKey));
    EXPECT_FALSE(info.message.empty());
    EXPECT_EQ(std::count(seen.begin(), seen.end(), info.message), 0) << info.message;
    seen.push_back(info.message);
  }
}

TEST(ProofTable, I12_OnePinTryAPromptAndThreePromptsAtMost) {
  Proof proof;
  proof.plan = PlanOf(Asks::kKeyUv);
  ProofStep step = Step(std::move(proof), Begun{});
  step = Step(std::move(step.state), AskingPin());
  int tries = 0;
  while (step.state.stage == ProofStage::kAskingPin) {
    const auto& ask = std::get<AskPerson>(step.effects.at(0)).ask;
    EXPECT_EQ(ask.kind, proto::Ask::Kind::kPin);
    EXPECT_FALSE(ask.echo);
    step = Step(std::move(step.state), Said("1234"));
    ASSERT_EQ(step.effects.size(), 1u);
    EXPECT_FALSE(std::get<DriveKey>(step.effects[0]).pin.empty());
    ASSERT_LE(++tries, 3);
    step = Step(std::move(step.state), Failed("wrong_pin"));
  }
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(step.state.stage, ProofStage::kRefused);
  EXPECT_EQ(step.refusal->reason, "wrong_pin");
}

TEST(ProofTable, I12_ThePromptShowsTheTriesThatAreLeft) {
  for (const auto& [retries, text] : {std::pair{7, "7 tries"}, std::pair{1, "1 try"}}) {
    Proof proof;
    proof.plan = PlanOf(Asks::kKey);
    proof.stage = ProofStage::kDriving;
    const ProofStep step = Step(std::move(proof), PinAsked{{"YubiKey", retries, {}}});
    EXPECT_NE(std::get<AskPerson>(step.effects.at(0)).ask.prompt.find(text), std::string::npos);
  }
}

TEST(ProofTable, I11_ThePinPromptTellsWhatBecameOfBuiltInVerification) {
  using BuiltIn = proto::PinNeeded::BuiltIn;
  for (const auto& [built_in, text] : {std::pair{BuiltIn::kUnused, "key has 7 tries left. PIN for"},
                                       std::pair{BuiltIn::kFailed, "did not recognise you"},
                                       std::pair{BuiltIn::kBlocked, "recognises nobody any more"}}) {
    Proof proof;
    proof.plan = PlanOf(Asks::kKeyUv);
    proof.stage = ProofStage::kDriving;
    const ProofStep step = Step(
        std::move(proof),
        PinAsked{{"YubiKey", 7, built_in}});
    const std::string& prompt = std::get<AskPerson>(step.effects.at(0)).ask.prompt;
    EXPECT_NE(prompt.find(text), std::string::npos) << prompt;
    EXPECT_NE(prompt.find("7 tries left. PIN for alice at sudo"), std::string::npos) << prompt;
  }
  const proto::Info again =
      InfoFor({proto::Progress::Kind::kVerifyAgain, {}, 1}, PlanOf(Asks::kKeyUv));
  EXPECT_NE(again.message.find("(1 try left)"), std::string::npos) << again.message;
}

}  // namespace
}  // namespace fob::core
