#pragma once

#include "daemon/core/web_login_service.h"

namespace fob::core {

// One call that takes an attempt further. While it is under way the attempt takes no other.
struct WebLoginService::Turn {
  Peer peer;
  SecretBytes secret;  // the attempt, as its browser names it
  Bytes hash;
  std::shared_ptr<WebAttempt> attempt;
  Done done;
  int64_t began_ms = 0;
  std::vector<ProofCommit::Forgiven> forgiven;
  std::optional<LoginRecord> login;
  SecretBytes session;
  std::unique_ptr<Timers::Handle> delay;
};

// What a key answered.
struct WebLoginService::Answer {
  std::string client_data;
  AssertionClaim claim;
};

}  // namespace fob::core
