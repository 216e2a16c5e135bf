#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "daemon/core/proof.h"

// A login in progress, as a pure state machine:
//
//   idle --begun--> proving --proved--> committing --committed--> proving the next factor | done
//
// Each factor is made durable before anything follows from it: its used step or counter and the audit event, and
// with the last one the pending login, as one.
namespace fob::core {

enum class LoginStage { kIdle, kProving, kCommitting, kDone };

struct LoginCeremony {
  LoginStage stage = LoginStage::kIdle;
  std::vector<FactorPath> paths;  // what is left to prove: any one of them
  Proof proof;
  std::optional<Error> cut_short;  // what happened while a factor was made durable
};

struct Committed {
  Status outcome;
};
using LoginEvent = std::variant<ProofEvent, Committed>;

struct CommitLogin {
  Evidence evidence;
  bool complete = true;  // nothing is left to prove
};
struct GrantLogin {};
struct RefuseLogin {
  Error error;
};
using LoginEffect = std::variant<ProofEffect, CommitLogin, GrantLogin, RefuseLogin>;

struct LoginStep {
  LoginCeremony state;
  std::vector<LoginEffect> effects;
};

LoginStep Step(LoginCeremony state, LoginEvent event);

}  // namespace fob::core
