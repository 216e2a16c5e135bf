#pragma once

#include <vector>

#include "daemon/core/device_ceremony.h"
#include "daemon/core/enrol_ceremony.h"
#include "daemon/core/login_ceremony.h"
#include "tests/support/ceremonies/choices.h"

// What may happen to a ceremony: anything, also what does not fit its stage; every other time what the stage waits for,
// so that walks get somewhere.
namespace fob::testing {

std::vector<core::FactorPath> AnyWays(Choices& choices);
core::ProofPlan AnyPlan(Choices& choices);

core::LoginEvent AnyEvent(const core::LoginCeremony& state, Choices& choices);
core::EnrolEvent AnyEvent(const core::EnrolCeremony& state, Choices& choices);
core::DeviceEvent AnyEvent(const core::DeviceCeremony& state, Choices& choices);

}  // namespace fob::testing
