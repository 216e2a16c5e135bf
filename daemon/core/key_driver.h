#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/desk_visit.h"
#include "daemon/core/enrol_ceremony.h"
#include "daemon/core/proof.h"

namespace fob::core {

// Drives the worker for one ceremony: waits for its turn at the desk, signs our own client data,
// and turns what the worker says into events. The place at the desk is given up while a person
// types, and by untrusted callers the worker too: the next one asks the key anew, and gets the PIN
// only if it is the same key that needs it.
class KeyDriver {
 public:
  // What the worker said. Assertion and credential are held until taken.
  using Feed = UniqueFunction<void(EnrolEvent)>;

  KeyDriver(const Context& context, KeyAsker asker, Feed feed, DeskVisit::Wait wait);

  void Assert(const std::vector<KeyRecord>& keys, bool uv, SecretBytes pin);

  struct NewCredential {
    std::string rp_id;
    std::string user_handle;  // base64url
    bool discoverable = false;
    std::vector<KeyRecord> exclude;
  };
  void Make(const NewCredential& credential, SecretBytes pin);

  void Stop() { visit_.Leave(); }

  // The key of `keys` that answered and what it signed. Unverified. kDenied/"wrong_credential".
  Result<KeyRecord> TakeAssertion(const std::vector<KeyRecord>& keys, AssertionClaim& claim);
  Result<CredentialClaim> TakeCredential();
  const std::vector<std::string>& transports() const { return transports_; }

 private:
  // The call of a method, with a PIN or without.
  template <typename Method>
  using Ask = std::shared_ptr<UniqueFunction<typename Method::In(std::optional<SecretBytes>)>>;

  // Waits for the turn and calls; `pin` is empty when there is none yet.
  template <typename Method>
  void Run(Ask<Method> ask, SecretBytes pin);
  // `held`: the PIN, for a key that a new worker has to ask first.
  template <typename Method>
  void Call(Ask<Method> ask, SecretBytes pin, SecretBytes held);
  template <typename Method>
  void OnPinNeeded(Ask<Method> ask, const proto::PinNeeded& needed, SecretBytes held);
  void Take(proto::worker::GetAssertion::Out out);
  void Take(proto::worker::MakeCredential::Out out);

  void OnProgress(const proto::Progress& progress);
  // Of a new challenge; base64url.
  Result<std::string> NewClientDataHash(std::string_view type);
  void Ended(Error error);
  int64_t TimeoutMs() const { return context_.settings.touch_timeout * 1000; }
  // A PIN is tried only when a wrong one leaves as many tries as the setting says.
  int64_t PinFloor() const { return context_.settings.pin_floor + 1; }

  const Context& context_;
  Feed feed_;
  DeskVisit visit_;
  Bytes client_data_hash_;
  std::string rp_id_;
  std::string pin_device_;  // the key that the person types a PIN for
  int said_ = 0;            // what the worker said in this call that is no answer
  std::optional<proto::Assertion> assertion_;
  std::optional<proto::MadeCredential> credential_;
  std::vector<std::string> transports_;
};

}  // namespace fob::core
