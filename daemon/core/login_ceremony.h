#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "daemon/core/proof.h"

// A login in progress, as a pure state machine:
//
//   idle --begun--> proving --proved--> committing --committed--> done
//
// The commit writes the used step or counter, the pending login and the audit event as one; nothing is
// granted before it is durable.
namespace fob::core {

enum class LoginStage { kIdle, kProving, kCommitting, kDone };

struct LoginCeremony {
  LoginStage stage = LoginStage::kIdle;
  Proof proof;
};

struct Committed {
  Status outcome;
};
using LoginEvent = std::variant<ProofEvent, Committed>;

struct CommitLogin {
  Evidence evidence;
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
