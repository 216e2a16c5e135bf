#include "daemon/core/wrong_pin.h"

#include "daemon/core/context.h"

namespace fob::core {

bool IsWrongPin(const Error& error) { return error.reason == "wrong_pin"; }

AuditEntry WrongPinEvent(AuditEntry entry, const Error& error) {
  entry.action = "key.pin";
  Refused(entry, error);
  return entry;
}

}  // namespace fob::core
