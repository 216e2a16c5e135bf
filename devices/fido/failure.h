#pragma once

#include <string_view>

#include "base/result.h"

namespace fob::fido {

// Why a ceremony with a key failed: the closed list of reasons, each with its class and a sentence
// for people.
enum class Failure {
  kNoKey,      // none was plugged in until the deadline
  kWrongKey,   // those that were hold none of the credentials
  kNoTouch,    // nobody touched the key in time
  kCancelled,  // by the caller
  kRefused,    // the user said no at the key
  kWrongPin,
  kPinBlocked,      // no try left: the key must be reset
  kPinAuthBlocked,  // three wrong PINs in a row: unplug and plug in again
  kPinFloor,        // too few tries left to risk one
  kPinChange,       // the key wants its PIN changed before it is used
  kPinPolicy,       // the key does not take this one as its new PIN
  kPinSet,          // it has a PIN, and a first one was to be set
  kNoPin,           // a PIN is needed and the key has none set
  kNoUv,            // the key can verify its user in no way
  kUvFailed,   // built-in verification failed, and the key has no PIN to fall back to
  kUvBlocked,  // it failed too often, the same
  kKeyFull,
  kAlreadyEnrolled,
  kResetLate,    // a reset must come soon after power-up
  kU2fOnly,      // it has neither PIN nor reset
  kTakesNoPin,   // nor does this one
  kNotRemoved,   // it was to be unplugged for a reset
  kNoSuchDevice,
  kOtherDevice,  // another key was plugged in than the one that was unplugged
  kKeyBusy,      // another program uses the key
  kKeyVanished,  // unplugged in the middle
  kKeySilent,    // it said nothing at all
  kKeyStuck,     // it kept saying that it works, until the deadline
  kKeyBroken,    // what it said is no answer: broken frames, broken CBOR
  kKeyError,     // anything else: an error code of its own
};

// "no_key", "wrong_pin", ...: the reason of the error on the wire.
std::string_view FailureName(Failure failure);

// The error of one failure; `detail`, where given, goes behind the sentence.
Error FailureError(Failure failure, std::string_view detail = {});

// What a libfido2 return code means when nothing is known besides.
Failure FailureFromCode(int fido_code);

}  // namespace fob::fido
