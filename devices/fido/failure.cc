#include "devices/fido/failure.h"

#include <fido/err.h>

namespace fob::fido {
namespace {

struct Row {
  Failure failure;
  Code code;
  std::string_view name;
  std::string_view text;
};

constexpr Row kRows[] = {
    {Failure::kNoKey, Code::kTimedOut, "no_key", "no security key was plugged in"},
    {Failure::kWrongKey, Code::kTimedOut, "wrong_key",
     "the plugged-in key is not one that is enrolled here"},
    {Failure::kNoTouch, Code::kTimedOut, "no_touch", "the key was not touched in time"},
    {Failure::kCancelled, Code::kCancelled, "cancelled", "cancelled"},
    {Failure::kRefused, Code::kDenied, "refused", "refused at the key"},
    {Failure::kWrongPin, Code::kDenied, "wrong_pin", "wrong PIN"},
    {Failure::kPinBlocked, Code::kDenied, "pin_blocked",
     "the key's PIN is blocked: the key must be reset"},
    {Failure::kPinAuthBlocked, Code::kDenied, "pin_auth_blocked",
     "too many wrong PINs in a row: unplug the key and plug it in again"},
    {Failure::kPinFloor, Code::kDenied, "pin_floor",
     "too few PIN tries are left on this key to risk one"},
    {Failure::kPinChange, Code::kDenied, "pin_change",
     "the key wants its PIN changed before it is used again: run fobctl key pin change"},
    {Failure::kPinPolicy, Code::kDenied, "pin_policy", "the key does not take this PIN"},
    {Failure::kPinSet, Code::kConflict, "pin_set",
     "the key has a PIN already: run fobctl key pin change"},
    {Failure::kNoPin, Code::kDenied, "no_pin", "a PIN is required, and this key has none set"},
    {Failure::kNoUv, Code::kDenied, "no_uv", "this key cannot verify its user"},
    {Failure::kUvFailed, Code::kDenied, "uv_failed", "the key did not recognise its user"},
    {Failure::kUvBlocked, Code::kDenied, "uv_blocked",
     "the key recognises nobody any more after too many failures, and has no PIN to unblock it"},
    {Failure::kKeyFull, Code::kExhausted, "key_full", "the key has no room for another credential"},
    {Failure::kAlreadyEnrolled, Code::kConflict, "already_enrolled",
     "this key is enrolled already"},
    {Failure::kResetLate, Code::kDenied, "reset_late",
     "the key takes a reset only in the ten seconds after it was plugged in: start again"},
    {Failure::kU2fOnly, Code::kConflict, "u2f_only",
     "this key knows U2F only, and has neither a PIN nor a reset"},
    {Failure::kTakesNoPin, Code::kConflict, "takes_no_pin", "this key takes no PIN"},
    {Failure::kNotRemoved, Code::kTimedOut, "not_removed",
     "the key was not unplugged in time: nothing was reset"},
    {Failure::kNoSuchDevice, Code::kNotFound, "no_such_device", "no such device is plugged in"},
    {Failure::kOtherDevice, Code::kConflict, "other_device",
     "another key was plugged in: nothing was reset"},
    {Failure::kKeyBusy, Code::kUnavailable, "key_busy", "another program is using the key"},
    {Failure::kKeyVanished, Code::kUnavailable, "key_vanished", "the key was unplugged"},
    {Failure::kKeySilent, Code::kUnavailable, "key_silent",
     "the key does not answer: unplug it and plug it in again"},
    {Failure::kKeyStuck, Code::kUnavailable, "key_stuck",
     "the key went on working and came to no end: unplug it and plug it in again"},
    {Failure::kKeyBroken, Code::kUnavailable, "key_broken",
     "the key gave an answer that makes no sense"},
    {Failure::kKeyError, Code::kUnavailable, "key_error", "the key failed"},
};

const Row& Find(Failure failure) {
  for (const Row& row : kRows) {
    if (row.failure == failure) return row;
  }
  return kRows[std::size(kRows) - 1];
}

}  // namespace

std::string_view FailureName(Failure failure) { return Find(failure).name; }

Error FailureError(Failure failure, std::string_view detail) {
  const Row& row = Find(failure);
  std::string text(row.text);
  if (!detail.empty()) text.append(": ").append(detail);
  return MakeError(row.code, row.name, std::move(text));
}

Failure FailureFromCode(int fido_code) {
  switch (fido_code) {
    case FIDO_ERR_PIN_INVALID:
      return Failure::kWrongPin;
    case FIDO_ERR_PIN_BLOCKED:
      return Failure::kPinBlocked;
    case FIDO_ERR_PIN_AUTH_BLOCKED:
      return Failure::kPinAuthBlocked;
    case FIDO_ERR_PIN_POLICY_VIOLATION:
      return Failure::kPinPolicy;
    case FIDO_ERR_PIN_NOT_SET:
      return Failure::kNoPin;
    case FIDO_ERR_UV_INVALID:
    case FIDO_ERR_UV_BLOCKED:
    case FIDO_ERR_PIN_REQUIRED:
      return Failure::kUvFailed;
    case FIDO_ERR_OPERATION_DENIED:
      return Failure::kRefused;
    case FIDO_ERR_KEY_STORE_FULL:
      return Failure::kKeyFull;
    case FIDO_ERR_CREDENTIAL_EXCLUDED:
      return Failure::kAlreadyEnrolled;
    case FIDO_ERR_NO_CREDENTIALS:
    case FIDO_ERR_INVALID_CREDENTIAL:
      return Failure::kWrongKey;
    case FIDO_ERR_USER_ACTION_TIMEOUT:
    case FIDO_ERR_ACTION_TIMEOUT:
      return Failure::kNoTouch;
    case FIDO_ERR_RX:
    case FIDO_ERR_RX_NOT_CBOR:
    case FIDO_ERR_RX_INVALID_CBOR:
    case FIDO_ERR_INVALID_CBOR:
    case FIDO_ERR_CBOR_UNEXPECTED_TYPE:
      return Failure::kKeyBroken;
    case FIDO_ERR_CHANNEL_BUSY:
      return Failure::kKeyBusy;
    default:
      return Failure::kKeyError;
  }
}

}  // namespace fob::fido
