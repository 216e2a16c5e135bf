#pragma once

#include <string>
#include <vector>

#include "daemon/core/enrol_ceremony.h"
#include "daemon/core/login_ceremony.h"
#include "daemon/core/proof.h"

// Steps of the state machines as short texts, so that a table of them can be read as a table:
//   "="                                     nothing at all changes
//   "driving +drive/pin"                    the stage after it, and the effects in their order
//   "refused(no_question) +stop"            and why it was refused
namespace fob::core {

std::string StageText(ProofStage stage);
std::string EffectText(const ProofEffect& effect);
std::string StepText(const Proof& before, const ProofStep& step);
std::string StepText(const LoginCeremony& before, const LoginStep& step);
std::string StepText(const EnrolCeremony& before, const EnrolStep& step);

}  // namespace fob::core
