#include "devices/fido/ceremony.h"

#include "devices/fido/failure.h"
#include "devices/fido/pin.h"
#include "devices/fido/race.h"
#include "devices/fido/task.h"

namespace fob::fido {

Ceremony::Ceremony(KeyRing& ring, int interrupt_fd,
                   std::function<void(const Progress&)> on_progress)
    : ring_(ring), interrupt_fd_(interrupt_fd), on_progress_(std::move(on_progress)) {}

Result<Answer> Ceremony::GetAssertion(const AssertionRequest& request) {
  if (request.credentials.empty()) {
    return MakeError(Code::kInvalidArgument, "no_credentials", "no credential to ask the key for");
  }
  return Run(AssertionTask(request), request);
}

Result<Answer> Ceremony::MakeCredential(const CredentialRequest& request) {
  return Run(CredentialTask(request), request);
}

Result<Answer> Ceremony::Run(const Task& task, const CeremonyRequest& request) {
  SecretBytes pin;
  if (request.pin) {
    if (!pin_device_)
      return MakeError(Code::kInvalidArgument, "pin_not_asked", "a PIN that no key asked for");
    FOB_TRY(pin, ForLibrary(*request.pin));
  }
  Race race(ring_, task, request.timeout_ms, interrupt_fd_, on_progress_);
  if (request.pin) race.UsePin(*pin_device_, pin);
  auto answer = race.Run();
  // After a wrong PIN the next one is for the same key.
  const bool wrong_pin = !answer.ok() && answer.error().reason == FailureName(Failure::kWrongPin);
  if (!wrong_pin) pin_device_ = race.pin_device();
  return answer;
}

}  // namespace fob::fido
