#include "daemon/core/key_driver.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace fob::core {
namespace {

std::vector<proto::Credential> References(const std::vector<KeyRecord>& keys) {
  std::vector<proto::Credential> out;
  for (const KeyRecord& key : keys) out.push_back({key.rp_id, Base64UrlEncode(key.credential_id)});
  return out;
}

std::optional<SecretBytes> IfGiven(SecretBytes pin) {
  if (pin.empty()) return std::nullopt;
  return pin;
}

}  // namespace

KeyDriver::KeyDriver(const Context& context, KeyArbiter::Request request, std::string user, std::string service,
                     Feed feed, Wait wait)
    : context_(context),
      request_(std::move(request)),
      user_(std::move(user)),
      service_(std::move(service)),
      feed_(std::move(feed)),
      wait_(std::move(wait)) {}

void KeyDriver::WhenMyTurn(UniqueFunction<void()> go) {
  auto place = context_.arbiter.Enqueue(request_, [this, go = std::move(go)] {
    if (conversation_ == nullptr) {
      auto started = context_.desk.Start();
      if (!started.ok()) return Ended(started.error());
      conversation_ = *std::move(started);
    }
    go();
  }, [this] { Ended(MakeError(Code::kUnavailable, "gave_way", "somebody at this host's console needs the security key: try again")); });
  if (!place.ok()) return Ended(place.error());
  place_ = *std::move(place);
  if (const std::string ahead = context_.arbiter.Ahead(*place_); !ahead.empty()) {
    wait_({proto::Info::Kind::kWait, "Waiting for the security key: " + ahead + " goes first."});
  }
  context_.arbiter.Call();
}

Result<std::string> KeyDriver::NewClientDataHash(std::string_view type) {
  const Bytes challenge = context_.random.Take(32);
  FOB_TRY(const std::string data, context_.verifier.ClientData(type, challenge, context_.host.HostName(), user_, service_));
  client_data_hash_ = context_.hasher.Sha256(AsBytes(data));
  return Base64UrlEncode(client_data_hash_);
}

void KeyDriver::Ended(Error error) {
  if (error.reason == "wrong_pin") {
    place_.reset();  // the worker knows which key the next PIN is for, and holds none meanwhile
  } else {
    Stop();
  }
  feed_(ProofEvent{KeyFailed{std::move(error)}});
}

void KeyDriver::Stop() {
  conversation_.reset();
  place_.reset();
}

void KeyDriver::Assert(const std::vector<KeyRecord>& keys, bool uv, SecretBytes pin) {
  using Method = proto::worker::GetAssertion;
  auto hash = NewClientDataHash("org.fobd.get");
  if (!hash.ok()) return Ended(hash.error());
  auto in = std::make_shared<Method::In>();
  in->credentials = References(keys);
  in->client_data_hash = *std::move(hash);
  in->user_verification =
      uv ? Method::In::UserVerification::kRequired : Method::In::UserVerification::kDiscouraged;
  in->pin = IfGiven(std::move(pin));
  in->pin_floor = PinFloor();
  in->timeout_ms = TimeoutMs();
  WhenMyTurn([this, in] {
    conversation_->GetAssertion(
        std::move(*in), [this](const proto::Progress& progress) { feed_(ProofEvent{KeySaid{progress}}); },
        [this](Result<Method::Out> out) {
          if (!out.ok()) return Ended(out.error());
          if (out->pin_needed.has_value()) {
            place_.reset();  // nobody waits for a person who types
            return feed_(ProofEvent{PinAsked{*out->pin_needed}});
          }
          if (!out->assertion.has_value()) {
            return Ended(MakeError(Code::kInternal, "bad_worker", "the key worker answered nothing"));
          }
          assertion_ = *std::move(out->assertion);
          Stop();
          feed_(ProofEvent{KeyAnswered{}});
        });
  });
}

void KeyDriver::Make(const NewCredential& credential, SecretBytes pin) {
  using Method = proto::worker::MakeCredential;
  auto hash = NewClientDataHash("org.fobd.create");
  if (!hash.ok()) return Ended(hash.error());
  auto in = std::make_shared<Method::In>();
  rp_id_ = credential.rp_id;
  in->rp_id = credential.rp_id;
  in->rp_name = credential.rp_id;
  in->user_handle = credential.user_handle;
  in->user_name = user_;
  in->client_data_hash = *std::move(hash);
  in->algorithms = {"ES256", "EdDSA", "RS256"};
  in->exclude = References(credential.exclude);
  in->discoverable = credential.discoverable;
  in->user_verification = Method::In::UserVerification::kPreferred;
  in->pin = IfGiven(std::move(pin));
  in->pin_floor = PinFloor();
  in->timeout_ms = TimeoutMs();
  WhenMyTurn([this, in] {
    conversation_->MakeCredential(
        std::move(*in), [this](const proto::Progress& progress) { feed_(ProofEvent{KeySaid{progress}}); },
        [this](Result<Method::Out> out) {
          if (!out.ok()) return Ended(out.error());
          if (out->pin_needed.has_value()) {
            place_.reset();
            return feed_(ProofEvent{PinAsked{*out->pin_needed}});
          }
          if (!out->credential.has_value()) {
            return Ended(MakeError(Code::kInternal, "bad_worker", "the key worker answered nothing"));
          }
          credential_ = *std::move(out->credential);
          transports_ = credential_->transports;
          Stop();
          feed_(CredentialMade{});
        });
  });
}

Result<KeyRecord> KeyDriver::TakeAssertion(const std::vector<KeyRecord>& keys, AssertionClaim& claim) {
  if (!assertion_.has_value()) return MakeError(Code::kInternal, "no_assertion", "no assertion is at hand");
  const proto::Assertion assertion = *std::exchange(assertion_, std::nullopt);
  FOB_TRY(claim.credential_id, Base64UrlDecode(assertion.credential_id));
  FOB_TRY(claim.auth_data, Base64UrlDecode(assertion.auth_data));
  FOB_TRY(claim.signature, Base64UrlDecode(assertion.signature));
  claim.client_data_hash = client_data_hash_;
  const auto key = std::ranges::find_if(keys, [&](const KeyRecord& k) {
    return k.credential_id == claim.credential_id && k.rp_id == assertion.rp_id;
  });
  if (key == keys.end()) {
    return MakeError(Code::kDenied, "wrong_credential", "the key answered for a credential that was not asked for");
  }
  return *key;
}

Result<CredentialClaim> KeyDriver::TakeCredential() {
  if (!credential_.has_value()) return MakeError(Code::kInternal, "no_credential", "no credential is at hand");
  const proto::MadeCredential made = *std::exchange(credential_, std::nullopt);
  CredentialClaim claim;
  claim.rp_id = rp_id_;
  claim.client_data_hash = client_data_hash_;
  claim.format = made.format;
  FOB_TRY(claim.credential_id, Base64UrlDecode(made.credential_id));
  FOB_TRY(claim.auth_data, Base64UrlDecode(made.auth_data));
  FOB_TRY(claim.attestation_statement, Base64UrlDecode(made.attestation_statement));
  return claim;
}

}  // namespace fob::core
