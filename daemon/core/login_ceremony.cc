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

LoginStep OnProof(LoginCeremony state, ProofEvent event) {
  if (state.stage == LoginStage::kDone) return {std::move(state), {}};
  if (state.stage == LoginStage::kCommitting) {
    // What is being made durable stands; a caller that is gone or late changes nothing about it.
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
    if (step.state.proof.evidence.has_value()) {
      step.state.stage = LoginStage::kCommitting;
      step.effects.emplace_back(CommitLogin{*step.state.proof.evidence});
    } else {
      step.state.stage = LoginStage::kDone;
      step.effects.emplace_back(RefuseLogin{MakeError(Code::kDenied, "no_factor", "no factor was verified")});
    }
  }
  return step;
}

LoginStep OnCommitted(LoginCeremony state, Committed committed) {
  if (state.stage != LoginStage::kCommitting) return {std::move(state), {}};
  if (!committed.outcome.ok()) return Finish(std::move(state), RefuseLogin{committed.outcome.error()});
  return Finish(std::move(state), GrantLogin{});
}

}  // namespace

LoginStep Step(LoginCeremony state, LoginEvent event) {
  if (auto* committed = std::get_if<Committed>(&event)) return OnCommitted(std::move(state), std::move(*committed));
  return OnProof(std::move(state), std::get<ProofEvent>(std::move(event)));
}

}  // namespace fob::core
