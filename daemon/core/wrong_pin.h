#pragma once

#include "base/result.h"
#include "daemon/core/records.h"

namespace fob::core {

// Whether a key has refused the PIN that it was given, and may be asked with another one.
bool IsWrongPin(const Error& error);

// The event of its own that a wrong PIN is: `entry` is what the ceremony says of itself, and goes on to say what
// comes of it. A ceremony has kMaxPinPrompts of them at most.
AuditEntry WrongPinEvent(AuditEntry entry, const Error& error);

}  // namespace fob::core
