#pragma once

#include <string>
#include <vector>

#include "daemon/core/login_ceremony.h"
#include "tests/support/ceremonies/proof_watch.h"

namespace fob::testing {

// A login that anything may happen to. It is granted for one of `ways`, all of it, each factor verified and durable; and
// nothing follows its end.
class LoginWalk {
 public:
  explicit LoginWalk(std::vector<core::FactorPath> ways);

  const core::LoginCeremony& state() const { return state_; }
  // What the ceremony did then and must not do; empty: nothing.
  std::string Take(core::LoginEvent event);

  bool granted() const { return granted_; }
  bool refused() const { return over_ && !granted_; }
  size_t proved() const { return proved_.size(); }  // factors

 private:
  void Happens(const core::LoginEvent& event);
  bool Covered() const;  // what was proved is one of the ways, all of it
  std::string Check(const core::LoginEffect& effect);
  std::string CheckProof(const core::ProofEffect& effect);
  std::string CheckCommit(const core::CommitLogin& commit);

  const std::vector<core::FactorPath> ways_;
  core::LoginCeremony state_;
  ProofWatch watch_;
  std::vector<core::Factor> proved_;
  bool committing_ = false;
  bool durable_ = false;  // just now
  bool cut_short_ = false;
  bool over_ = false;
  bool granted_ = false;
};

}  // namespace fob::testing
