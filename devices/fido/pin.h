#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "devices/fido/device.h"

namespace fob::fido {

inline constexpr size_t kMinPin = 4, kMaxPin = 63;  // bytes, CTAP 2.1 clause 6.5.1

// A PIN as libfido2 takes it, ended by NUL. kInvalidArgument/"pin_length": not kMinPin to kMaxPin
// bytes, or a NUL among them: a key would count it as a try.
Result<SecretBytes> ForLibrary(const SecretBytes& typed);
const char* TextOf(const SecretBytes& pin);

// Tries left, never below the floor and never zero. Failures: kPinBlocked, kPinFloor.
Result<int> PinRetries(Device& device, int pin_floor);

// kWrongPin with the tries left, or kPinBlocked when that was the last.
Error WrongPin(Device& device);

}  // namespace fob::fido
