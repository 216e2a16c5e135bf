#include "daemon/core/login_ceremony.h"

#include <utility>

namespace fob::core {
namespace {

LoginStep Finish(LoginCeremony state, LoginEffect effect) {
  state.stage = LoginStage::kDone;
  LoginStep step{std::move(state), {}};
  step.effects.push_back(std::move(effect));
  return step;
}

LoginStep OnProved(LoginCeremony state) {
  const std::optional<Evidence>& evidence = state.proof.evidence;
  if (!evidence.has_value()) {
    return Finish(std::move(state), RefuseLogin{MakeError(Code::kDenied, "no_factor", "no factor was verified")});
  }
  state.paths = Advance(state.paths, evidence->factor);
  if (state.paths.empty()) {
    return Finish(std::move(state), RefuseLogin{MakeError(Code::kDenied, "wrong_factor", "another factor was verified than was asked for")});
  }
  CommitLogin commit{*evidence, IsComplete(state.paths)};
  state.stage = LoginStage::kCommitting;
  LoginStep step{std::move(state), {}};
  step.effects.emplace_back(std::move(commit));
  return step;
}

LoginStep OnProof(LoginCeremony state, ProofEvent event) {
  if (state.stage == LoginStage::kDone) return {std::move(state), {}};
  if (state.stage == LoginStage::kCommitting) {
    // What is being made durable stands; but nobody is asked for another factor who is gone or late.
    if (std::holds_alternative<CallerGone>(event)) state.cut_short = CallerWentAway();
    if (std::holds_alternative<TimedOut>(event)) state.cut_short = TookTooLong();
    return {std::move(state), {}};
  }
  if (state.stage == LoginStage::kIdle && std::holds_alternative<Begun>(event)) state.stage = LoginStage::kProving;
  ProofStep proof = Step(std::move(state.proof), std::move(event));
  state.proof = std::move(proof.state);
  LoginStep step{std::move(state), {}};
  for (ProofEffect& effect : proof.effects) step.effects.emplace_back(std::move(effect));
  if (proof.refusal.has_value()) {
    step.state.stage = LoginStage::kDone;
    step.effects.emplace_back(RefuseLogin{*std::move(proof.refusal)});
  } else if (step.state.proof.stage == ProofStage::kProved) {
    return OnProved(std::move(step.state));
  }
  return step;
}

LoginStep OnCommitted(LoginCeremony state, Committed committed) {
  if (state.stage != LoginStage::kCommitting) return {std::move(state), {}};
  if (!committed.outcome.ok()) return Finish(std::move(state), RefuseLogin{committed.outcome.error()});
  if (IsComplete(state.paths)) return Finish(std::move(state), GrantLogin{});
  if (state.cut_short.has_value()) {
    Error error = *state.cut_short;
    return Finish(std::move(state), RefuseLogin{std::move(error)});
  }
  ProofPlan next = PlanFor(state.paths, std::move(state.proof.plan));
  state.proof = Proof();
  state.proof.plan = std::move(next);
  state.stage = LoginStage::kProving;
  return OnProof(std::move(state), Begun{});
}

}  // namespace

LoginStep Step(LoginCeremony state, LoginEvent event) {
  if (auto* committed = std::get_if<Committed>(&event)) return OnCommitted(std::move(state), std::move(*committed));
  return OnProof(std::move(state), std::get<ProofEvent>(std::move(event)));
}

}  // namespace fob::core
