#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/context.h"
#include "daemon/core/enrol_ceremony.h"
#include "daemon/core/proof.h"

namespace fob::core {

// Drives the worker for one ceremony: waits for its turn at the desk, signs our own client data, and
// turns what the worker says into events. The place at the desk is given up while a person types.
class KeyDriver {
 public:
  // What the worker said. Assertion and credential are held until taken.
  using Feed = UniqueFunction<void(EnrolEvent)>;
  // Called with what to tell a person who must wait for others.
  using Wait = UniqueFunction<void(proto::Info)>;

  KeyDriver(const Context& context, KeyArbiter::Request request, std::string user, std::string service, Feed feed,
            Wait wait);

  void Assert(const std::vector<KeyRecord>& keys, bool uv, SecretBytes pin);

  struct NewCredential {
    std::string rp_id;
    std::string user_handle;  // base64url
    bool discoverable = false;
    std::vector<KeyRecord> exclude;
  };
  void Make(const NewCredential& credential, SecretBytes pin);

  void Stop();

  // The key of `keys` that answered and what it signed. Unverified. kDenied/"wrong_credential".
  Result<KeyRecord> TakeAssertion(const std::vector<KeyRecord>& keys, AssertionClaim& claim);
  Result<CredentialClaim> TakeCredential();
  const std::vector<std::string>& transports() const { return transports_; }

 private:
  void WhenMyTurn(UniqueFunction<void()> go);
  // Of a new challenge; base64url.
  Result<std::string> NewClientDataHash(std::string_view type);
  void Ended(Error error);
  int64_t TimeoutMs() const { return context_.settings.touch_timeout * 1000; }
  // A PIN is tried only when a wrong one leaves as many tries as the setting says.
  int64_t PinFloor() const { return context_.settings.pin_floor + 1; }

  const Context& context_;
  KeyArbiter::Request request_;
  std::string user_;
  std::string service_;
  Feed feed_;
  Wait wait_;
  Bytes client_data_hash_;
  std::string rp_id_;
  std::unique_ptr<KeyArbiter::Place> place_;
  std::unique_ptr<KeyConversation> conversation_;
  std::optional<proto::Assertion> assertion_;
  std::optional<proto::MadeCredential> credential_;
  std::vector<std::string> transports_;
};

}  // namespace fob::core
