#include "tests/support/ceremonies/login_walk.h"

#include <algorithm>
#include <utility>

namespace fob::testing {

using namespace core;

LoginWalk::LoginWalk(std::vector<FactorPath> ways) : ways_(std::move(ways)) {
  state_.paths = ways_;
  state_.proof.plan = PlanFor(ways_, {});
}

std::string LoginWalk::Take(LoginEvent event) {
  const bool was_over = over_, was_committing = committing_;
  Happens(event);
  LoginStep step = Step(std::move(state_), std::move(event));
  state_ = std::move(step.state);
  for (const LoginEffect& effect : step.effects) {
    if (over_) return "an effect follows the end";
    if (std::string wrong = Check(effect); !wrong.empty()) return wrong;
  }
  if (over_ != (state_.stage == LoginStage::kDone)) return "it ends without a word, or goes on behind its end";
  if (was_over || over_ || was_committing) return "";
  if (cut_short_) return "it goes on though nobody waits for it";
  return watch_.unasked() ? "it goes on behind an answer without a question" : "";
}

void LoginWalk::Happens(const LoginEvent& event) {
  durable_ = false;
  if (const auto* committed = std::get_if<Committed>(&event)) {
    durable_ = committing_ && committed->outcome.ok();
    if (std::exchange(committing_, false)) watch_ = ProofWatch();  // another factor is another conversation
    watch_.HappensElsewhere();
    return;
  }
  const auto& proof = std::get<ProofEvent>(event);
  cut_short_ = cut_short_ || std::holds_alternative<TimedOut>(proof) || std::holds_alternative<CallerGone>(proof);
  if (!committing_) watch_.Happens(proof);
}

bool LoginWalk::Covered() const {
  return std::ranges::any_of(ways_, [&](const FactorPath& way) {
    return std::ranges::equal(proved_, way, [](Factor have, Factor want) { return Satisfies(have, want); });
  });
}

std::string LoginWalk::Check(const LoginEffect& effect) {
  if (const auto* proof = std::get_if<ProofEffect>(&effect)) return CheckProof(*proof);
  if (const auto* commit = std::get_if<CommitLogin>(&effect)) return CheckCommit(*commit);
  over_ = true;
  if (const auto* refusal = std::get_if<RefuseLogin>(&effect)) {
    return refusal->error.reason.empty() ? "it is refused without a reason" : watch_.Ends();
  }
  granted_ = true;
  return Covered() && durable_ ? "" : "it is granted without what the rule asks for";
}

std::string LoginWalk::CheckProof(const ProofEffect& effect) {
  if (committing_) return "the proof goes on while a factor is made durable";
  if (cut_short_ && !std::holds_alternative<StopKey>(effect)) return "the proof goes on though nobody waits for it";
  return watch_.Check(effect);
}

std::string LoginWalk::CheckCommit(const CommitLogin& commit) {
  if (std::exchange(committing_, true)) return "two factors are made durable at a time";
  const auto& found = watch_.evidence();
  if (!found.has_value() || found->factor != commit.evidence.factor || found->id != commit.evidence.id) {
    return "a factor is made durable that was not verified";
  }
  if (found->factor == Factor::kPassword || found->factor == Factor::kSshKey) return "what others vouch for is taken as verified";
  proved_.push_back(found->factor);
  return commit.complete == Covered() ? "" : "it is taken as complete, or not, against the rule";
}

}  // namespace fob::testing
