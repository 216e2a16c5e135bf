#pragma once

#include "base/result.h"
#include "base/secret.h"

namespace fob::core {

// Whether this is what a YubiKey types in its factory setting: 44 characters of modhex, of which 12 name the key and 32
// are a code that Yubico's servers verify. Nobody's code or PIN looks so.
bool IsYubicoOtp(const SecretBytes& typed);

// kDenied/"yubico_otp". It is no guess of a code, and is counted nowhere.
Error YubicoOtpTyped();

}  // namespace fob::core
