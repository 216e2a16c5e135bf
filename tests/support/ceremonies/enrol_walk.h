#pragma once

#include <string>

#include "daemon/core/enrol_ceremony.h"
#include "tests/support/ceremonies/proof_watch.h"

namespace fob::testing {

// A change of somebody's factors that anything may happen to. Nothing is done before the proof that `plan` asks for, no
// factor is stored before it was verified itself, and nothing follows the end.
class EnrolWalk {
 public:
  EnrolWalk(core::EnrolAction action, bool proof_needed, core::ProofPlan plan);

  const core::EnrolCeremony& state() const { return state_; }
  // What the ceremony did then and must not do; empty: nothing.
  std::string Take(core::EnrolEvent event);

  bool finished() const { return finished_; }

 private:
  void Happens(const core::EnrolEvent& event);
  void ProofHappens(const core::ProofEvent& event);
  bool Fits(const std::optional<core::Evidence>& evidence) const;  // what was verified proves what `plan_` asks for
  std::string Check(const core::EnrolEffect& effect);
  std::string CheckVerification(const core::EnrolEffect& effect);
  std::string CheckAct(const core::EnrolEffect& effect);

  const core::EnrolAction action_;
  const core::ProofPlan plan_;
  core::EnrolCeremony state_;
  ProofWatch watch_;
  bool permitted_;          // by a proof, or by who asks
  bool made_ = false;       // a credential, by the key and just now
  bool verifying_ = false;  // the new factor
  bool good_ = false;       // it was verified
  bool committing_ = false;
  bool durable_ = false;    // just now
  bool cut_short_ = false;
  int offers_ = 0;
  bool over_ = false;
  bool finished_ = false;
};

}  // namespace fob::testing
