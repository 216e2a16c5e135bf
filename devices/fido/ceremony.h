#pragma once

#include <functional>
#include <optional>

#include "devices/fido/requests.h"
#include "devices/fido/transport.h"

namespace fob::fido {

class Task;

// One interactive ceremony over all plugged-in keys: waits for a key, finds out which ones can
// answer, lets them blink, takes the first that is touched and cancels the others. A key that needs
// a PIN ends the call with PinNeeded, with every key closed; the next call brings the PIN, which
// goes to that key alone, once.
//
// Errors are those of FailureError (failure.h): reason and class. Blocks; not for several threads.
class Ceremony {
 public:
  // Readable interrupt_fd (-1: none) cancels. on_progress is called on the calling thread.
  Ceremony(KeyRing& ring, int interrupt_fd, std::function<void(const Progress&)> on_progress);

  // PinNeeded or Assertion.
  Result<Answer> GetAssertion(const AssertionRequest& request);
  // PinNeeded or MadeCredential.
  Result<Answer> MakeCredential(const CredentialRequest& request);

 private:
  Result<Answer> Run(const Task& task, const CeremonyRequest& request);

  KeyRing& ring_;
  const int interrupt_fd_;
  const std::function<void(const Progress&)> on_progress_;
  std::optional<DeviceInfo> pin_device_;  // the key that asked for a PIN in the call before
};

}  // namespace fob::fido
