// Random sequences of events: whatever happens in whatever order, nothing is granted before it is
// durable.

#include <gtest/gtest.h>

#include <algorithm>

#include <random>

#include "tests/unit/core/ceremony_text.h"
#include "tests/unit/core/proof_events.h"

namespace fob::core {
namespace {

constexpr int kWalks = 40'000;
constexpr int kLength = 24;

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  int Roll(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(engine_); }

 private:
  std::mt19937_64 engine_;
};

constexpr std::array kFactors = {Factor::kKey, Factor::kKeyUv, Factor::kTotp, Factor::kPassword,
                                 Factor::kSshKey};

const std::vector<FactorPath> kWays = {{Factor::kKey},
                                       {Factor::kKeyUv},
                                       {Factor::kTotp},
                                       {Factor::kKey, Factor::kTotp},
                                       {Factor::kTotp, Factor::kKeyUv}};

std::vector<FactorPath> AnyPaths(Dice& dice) {
  std::vector<FactorPath> paths;
  for (const FactorPath& way : kWays) {
    if (dice.Roll(3) == 0) paths.push_back(way);
  }
  return paths;
}

// Whether the factors that were proved are one of the ways, all of it.
bool Covers(const std::vector<FactorPath>& ways, const std::vector<Factor>& proved) {
  return std::ranges::any_of(ways, [&](const FactorPath& way) {
    return std::ranges::equal(proved, way, [](Factor have, Factor want) { return Satisfies(have, want); });
  });
}

ProofPlan AnyPlan(Dice& dice) {
  ProofPlan plan;
  plan.key = dice.Roll(2) == 0;
  plan.key_uv = dice.Roll(2) == 0;
  plan.codes.totp = dice.Roll(2) == 0;
  plan.enrol_code = dice.Roll(4) == 0;
  return plan;
}

ProofEvent AnyProofEvent(Dice& dice) {
  switch (dice.Roll(14)) {
    case 0:
      return Begun{};
    case 1:
    case 2:
      return Said("123456");
    case 3:
      return Said("");
    case 4:
      return Touching();
    case 5:
      return AskingPin();
    case 6:
    case 7:
      return KeyAnswered{};
    case 8:
      return Failed(dice.Roll(2) == 0 ? "wrong_pin" : "no_touch");
    case 9:
    case 10:
      return Found(kFactors[static_cast<size_t>(dice.Roll(5))]);
    case 11:
      return dice.Roll(2) == 0 ? FoundNothing() : FoundBad("wrong_code");
    case 12:
      return dice.Roll(3) == 0 ? ProofEvent(TimedOut{}) : ProofEvent(Begun{});
    default:
      return dice.Roll(3) == 0 ? ProofEvent(CallerGone{}) : ProofEvent(KeyAnswered{});
  }
}

Status AnyOutcome(Dice& dice) {
  if (dice.Roll(2) == 0) return Ok();
  return MakeError(Code::kDenied, "replayed_code", "no");
}

bool FoundSomething(const ProofEvent& event) {
  const auto* verified = std::get_if<Verified>(&event);
  return verified != nullptr && verified->evidence.ok() && verified->evidence->has_value();
}

TEST(RandomWalk, ALoginIsGrantedOnlyWhenVerifiedAndCommitted) {
  int grants = 0;
  int longer = 0;
  int refusals = 0;
  for (int walk = 0; walk < kWalks; ++walk) {
    Dice dice(static_cast<uint64_t>(walk));
    LoginCeremony state;
    const std::vector<FactorPath> ways = AnyPaths(dice);
    state.paths = ways;
    state.proof.plan = PlanFor(ways, {});
    std::vector<Factor> proved;
    bool committing = false;
    bool cut_short = false;
    int finals = 0;
    int pins = 0;
    for (int i = 0; i < kLength; ++i) {
      const bool commit = dice.Roll(8) == 0;
      const Status outcome = AnyOutcome(dice);
      ProofEvent happened = AnyProofEvent(dice);
      cut_short = cut_short || (!commit && (std::holds_alternative<TimedOut>(happened) ||
                                            std::holds_alternative<CallerGone>(happened)));
      if (commit && committing) committing = false;
      const bool was_verifying = state.proof.stage == ProofStage::kVerifying;
      const bool found = !commit && FoundSomething(happened) && was_verifying;
      LoginStep step = commit ? Step(std::move(state), Committed{outcome})
                              : Step(std::move(state), std::move(happened));
      for (const LoginEffect& effect : step.effects) {
        ASSERT_EQ(finals, 0) << "an effect after the end, walk " << walk;
        if (const auto* proof = std::get_if<ProofEffect>(&effect)) {
          ASSERT_FALSE(committing || (cut_short && !std::holds_alternative<StopKey>(*proof)))
              << "the proof went on while it was made durable, walk " << walk;
          const auto* drive = std::get_if<DriveKey>(proof);
          if (drive != nullptr && !drive->pin.empty()) ++pins;
        } else if (const auto* wanted = std::get_if<CommitLogin>(&effect)) {
          ASSERT_TRUE(found) << walk;
          ASSERT_FALSE(committing) << walk;
          ASSERT_NE(wanted->evidence.factor, Factor::kPassword) << walk;
          ASSERT_NE(wanted->evidence.factor, Factor::kSshKey) << walk;
          proved.push_back(wanted->evidence.factor);
          ASSERT_EQ(wanted->complete, Covers(ways, proved)) << walk;
          pins = 0;
          committing = true;
        } else if (std::holds_alternative<GrantLogin>(effect)) {
          ASSERT_TRUE(Covers(ways, proved) && commit && outcome.ok()) << walk;
          if (proved.size() > 1) ++longer;
          ++finals;
          ++grants;
        } else {
          ++finals;
          ++refusals;
        }
      }
      ASSERT_LE(pins, 3) << walk;
      ASSERT_EQ(finals > 0, step.state.stage == LoginStage::kDone) << walk;
      state = std::move(step.state);
    }
  }
  EXPECT_GT(grants, kWalks / 400);  // the walks do get there
  EXPECT_GT(longer, 0);
  EXPECT_GT(refusals, kWalks / 100);
}

TEST(RandomWalk, FactorsChangeOnlyWhenProvedVerifiedAndCommitted) {
  int finished = 0;
  for (int walk = 0; walk < kWalks; ++walk) {
    Dice dice(static_cast<uint64_t>(walk) + 1'000'000);
    EnrolCeremony state;
    state.action = static_cast<EnrolAction>(dice.Roll(7));
    state.proof_needed = dice.Roll(3) != 0;
    state.proof.plan = AnyPlan(dice);
    const EnrolAction action = state.action;
    const bool needs_proof = state.proof_needed || action == EnrolAction::kTestKey;
    const bool makes_factor = action == EnrolAction::kEnrolKey || action == EnrolAction::kEnrolOtp;
    bool factor_good = false;
    bool committing = false;
    int finals = 0;
    for (int i = 0; i < kLength; ++i) {
      const int kind = dice.Roll(8);
      const Status outcome = AnyOutcome(dice);
      EnrolEvent event = AnyProofEvent(dice);
      if (kind == 0) event = Committed{outcome};
      if (kind == 1) event = FactorVerified{outcome};
      if (kind == 2) event = CredentialMade{};
      if (kind == 1 && state.stage == EnrolStage::kVerifying && outcome.ok()) factor_good = true;
      EnrolStep step = Step(std::move(state), std::move(event));
      const bool proved = step.state.proof.stage == ProofStage::kProved;
      for (const EnrolEffect& effect : step.effects) {
        ASSERT_EQ(finals, 0) << "an effect after the end, walk " << walk;
        const bool acts = std::holds_alternative<MakeCredential>(effect) ||
                          std::holds_alternative<OfferOtp>(effect) ||
                          std::holds_alternative<CommitEnrolment>(effect);
        if (acts && needs_proof) {
          ASSERT_TRUE(proved) << walk;
        }
        if (std::holds_alternative<CommitEnrolment>(effect)) {
          ASSERT_FALSE(std::exchange(committing, true)) << walk;
          if (makes_factor) {
            ASSERT_TRUE(factor_good) << walk;
          }
        }
        if (std::holds_alternative<FinishEnrolment>(effect)) {
          ASSERT_TRUE(committing && kind == 0 && outcome.ok()) << walk;
          ++finals;
          ++finished;
        }
        if (std::holds_alternative<RefuseEnrolment>(effect)) ++finals;
      }
      ASSERT_EQ(finals > 0, step.state.stage == EnrolStage::kDone) << walk;
      state = std::move(step.state);
    }
  }
  EXPECT_GT(finished, kWalks / 100);
}

}  // namespace
}  // namespace fob::core
