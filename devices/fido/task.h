#pragma once

#include <optional>

#include "devices/fido/device.h"
#include "devices/fido/requests.h"

namespace fob::fido {

// How a key will verify its user in this ceremony.
enum class Verification { kNone, kBuiltIn, kPin };

// What a silent look at a key found.
struct Look {
  std::optional<CredentialRef> held;  // the first of the credentials that this key holds
  bool usable = false;                // false: the wrong key
  Verification verification = Verification::kNone;
  int retries = 0;  // kPin: tries left
  BuiltIn built_in = BuiltIn::kUnused;  // kPin: why not that
  int built_in_attempts = 0;            // kBuiltIn: how often it may be tried here
};

// A PIN must be asked for after all.
struct FallBackToPin {
  int retries = 0;
  BuiltIn built_in = BuiltIn::kUnused;
};
// Built-in verification failed, and the key takes another try.
struct TryBuiltInAgain {
  int retries = 0;
};

using Outcome = std::variant<Assertion, MadeCredential, FallBackToPin, TryBuiltInAgain>;

// One ceremony as seen by one key. Called on that key's thread; const, as several keys share it.
class Task {
 public:
  virtual ~Task() = default;
  // Without a touch, in short time.
  virtual Result<Look> Probe(Device& device) const = 0;
  // Blinks and waits. pin: NUL-terminated, or nullptr.
  virtual Result<Outcome> Act(Device& device, const Look& look, const char* pin) const = 0;
};

class AssertionTask final : public Task {
 public:
  explicit AssertionTask(const AssertionRequest& request) : request_(request) {}
  Result<Look> Probe(Device& device) const override;
  Result<Outcome> Act(Device& device, const Look& look, const char* pin) const override;

 private:
  const AssertionRequest& request_;
};

class CredentialTask final : public Task {
 public:
  explicit CredentialTask(const CredentialRequest& request) : request_(request) {}
  Result<Look> Probe(Device& device) const override;
  Result<Outcome> Act(Device& device, const Look& look, const char* pin) const override;

 private:
  const CredentialRequest& request_;
};

// What tasks have in common.

// The first of `wanted` that the key holds, asked for with up=false (U2F: check only): no touch, no
// signature over anything that matters. nullptr: none.
Result<const CredentialRef*> FindHeld(Device& device, const std::vector<CredentialRef>& wanted);

// Sets how this key verifies its user: built-in first, else PIN, whose tries must not be below the
// floor. With a PIN in hand, PIN.
Status PlanVerification(Device& device, const CeremonyRequest& request, Look& look);

// The outcome of a failed Act: where built-in verification failed, another try of it while
// look.built_in_attempts allows one, then the PIN where there is one; a wrong PIN is told with the
// tries left.
Result<Outcome> ActFailed(Device& device, const Look& look, int pin_floor, int fido_code);

}  // namespace fob::fido
