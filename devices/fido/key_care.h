#pragma once

#include <functional>

#include "devices/fido/inspect.h"
#include "devices/fido/requests.h"

namespace fob::fido {

// A first PIN, or another one.
struct PinChange {
  std::string path;
  std::optional<SecretBytes> pin;  // the one that the key has
  SecretBytes new_pin;             // 4 to 63 bytes, as `pin`
  int pin_floor = 0;               // `pin` is not tried when fewer tries than this are left
  int64_t timeout_ms = 0;
};

// What is done to the plugged-in keys themselves, whatever credentials they hold. Errors are those
// of FailureError (failure.h). Blocks; not for several threads.
class KeyCare {
 public:
  // Readable interrupt_fd (-1: none) cancels. on_progress is called on the calling thread.
  KeyCare(KeyRing& ring, int interrupt_fd, std::function<void(const Progress&)> on_progress);

  // Everything that is plugged in, all keys asked at once and without a touch.
  Result<std::vector<DeviceReport>> List(int64_t timeout_ms);

  // Failures: as a ceremony with a PIN; kPinPolicy, kPinSet, kNoPin (there is none to change),
  // kNoSuchDevice, kU2fOnly, kTakesNoPin.
  Status ChangePin(const PinChange& change);

  // Has that key unplugged, plugged in again and touched, and deletes everything on it. Only the
  // same key counts, as far as its makers let keys be told apart. Failures: kResetLate,
  // kOtherDevice, kNoSuchDevice, kU2fOnly, kNoTouch, kNotRemoved, kNoKey (it did not come back).
  Status Reset(const std::string& path, int64_t timeout_ms);

 private:
  Result<DeviceInfo> Find(const std::string& path);
  // Opens the key and does something with it; both end with the deadline.
  Status WithDevice(const DeviceInfo& info, int64_t deadline_ms,
                    const std::function<Status(Device&)>& work);
  // Until the ring is as wanted. Failures: kCancelled, and `late` at the deadline.
  Status WaitFor(const std::function<bool(const std::vector<DeviceInfo>&)>& wanted,
                 int64_t deadline_ms, Failure late);

  KeyRing& ring_;
  const int interrupt_fd_;
  const std::function<void(const Progress&)> on_progress_;
};

}  // namespace fob::fido
