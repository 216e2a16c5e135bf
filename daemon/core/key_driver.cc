#include "daemon/core/key_driver.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "daemon/core/worker_words.h"
#include "daemon/core/wrong_pin.h"

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

void Start(KeyConversation& conversation, proto::worker::GetAssertion::In in,
           KeyConversation::Progress progress,
           KeyConversation::Done<proto::worker::GetAssertion::Out> done) {
  conversation.GetAssertion(std::move(in), std::move(progress), std::move(done));
}
void Start(KeyConversation& conversation, proto::worker::MakeCredential::In in,
           KeyConversation::Progress progress,
           KeyConversation::Done<proto::worker::MakeCredential::Out> done) {
  conversation.MakeCredential(std::move(in), std::move(progress), std::move(done));
}

Error BadWorker(std::string_view what) {
  return MakeError(Code::kUnavailable, "bad_worker", "the key worker " + std::string(what));
}

}  // namespace

KeyDriver::KeyDriver(const Context& context, KeyAsker asker, Feed feed, DeskVisit::Wait wait)
    : context_(context),
      feed_(std::move(feed)),
      visit_(context, std::move(asker), [this](Error error) { Ended(std::move(error)); },
             std::move(wait)) {}

Result<std::string> KeyDriver::NewClientDataHash(std::string_view type) {
  const Bytes challenge = context_.random.Take(32);
  FOB_TRY(const std::string data,
          context_.verifier.ClientData(type, challenge, context_.host.HostName(), visit_.asker().user,
                                       visit_.asker().service));
  client_data_hash_ = context_.hasher.Sha256(AsBytes(data));
  return Base64UrlEncode(client_data_hash_);
}

void KeyDriver::Ended(Error error) {
  if (IsWrongPin(error)) {
    visit_.GiveUpTurn();  // the worker knows which key the next PIN is for, and holds none meanwhile
  } else {
    Stop();
  }
  feed_(ProofEvent{KeyFailed{std::move(error)}});
}

void KeyDriver::OnProgress(const proto::Progress& progress) {
  if (++said_ > kMaxProgress) return Ended(BadWorker("said too much"));
  if (said_ > kMaxToldProgress) return;
  proto::Progress tidy = progress;
  Tidy(tidy);
  using Kind = proto::Progress::Kind;
  if (tidy.kind == Kind::kTouch || tidy.kind == Kind::kVerify) visit_.Announce();
  feed_(ProofEvent{KeySaid{std::move(tidy)}});
}

template <typename Method>
void KeyDriver::Run(Ask<Method> ask, SecretBytes pin) {
  auto shared = std::make_shared<SecretBytes>(std::move(pin));
  visit_.WhenMyTurn([this, ask, shared](bool fresh) {
    // A worker takes a PIN only for a key that asked it for one.
    SecretBytes now = std::exchange(*shared, SecretBytes());
    SecretBytes held;
    if (fresh) std::swap(now, held);
    Call<Method>(ask, std::move(now), std::move(held));
  });
}

template <typename Method>
void KeyDriver::Call(Ask<Method> ask, SecretBytes pin, SecretBytes held) {
  said_ = 0;
  auto shared = std::make_shared<SecretBytes>(std::move(held));
  Start(
      visit_.conversation(), (*ask)(IfGiven(std::move(pin))),
      [this](const proto::Progress& progress) { OnProgress(progress); },
      [this, ask, shared](Result<typename Method::Out> out) {
        if (!out.ok()) return Ended(Tidied(out.error()));
        if (out->pin_needed.has_value()) {
          Tidy(*out->pin_needed);
          return OnPinNeeded<Method>(ask, *out->pin_needed, std::exchange(*shared, SecretBytes()));
        }
        Take(*std::move(out));
      });
}

template <typename Method>
void KeyDriver::OnPinNeeded(Ask<Method> ask, const proto::PinNeeded& needed, SecretBytes held) {
  if (!held.empty() && needed.device == pin_device_) {
    return Call<Method>(std::move(ask), std::move(held), SecretBytes());
  }
  pin_device_ = needed.device;
  visit_.GiveUpTurn();  // nobody waits for a person who types
  feed_(ProofEvent{PinAsked{needed}});
}

void KeyDriver::Take(proto::worker::GetAssertion::Out out) {
  if (!out.assertion.has_value()) return Ended(BadWorker("answered nothing"));
  assertion_ = *std::move(out.assertion);
  Tidy(*assertion_);
  Stop();
  feed_(ProofEvent{KeyAnswered{}});
}

void KeyDriver::Take(proto::worker::MakeCredential::Out out) {
  if (!out.credential.has_value()) return Ended(BadWorker("answered nothing"));
  if (const Status tidy = Tidy(*out.credential); !tidy.ok()) return Ended(tidy.error());
  credential_ = *std::move(out.credential);
  transports_ = credential_->transports;
  Stop();
  feed_(CredentialMade{});
}

void KeyDriver::Assert(const std::vector<KeyRecord>& keys, bool uv, SecretBytes pin) {
  using Method = proto::worker::GetAssertion;
  auto hash = NewClientDataHash("org.fobd.get");
  if (!hash.ok()) return Ended(hash.error());
  const auto ask = [this, credentials = References(keys), uv,
                    hash = *std::move(hash)](std::optional<SecretBytes> with) {
    Method::In in;
    in.credentials = credentials;
    in.client_data_hash = hash;
    in.user_verification =
        uv ? Method::In::UserVerification::kRequired : Method::In::UserVerification::kDiscouraged;
    in.pin = std::move(with);
    in.pin_floor = PinFloor();
    in.timeout_ms = TimeoutMs();
    return in;
  };
  Run<Method>(std::make_shared<Ask<Method>::element_type>(ask), std::move(pin));
}

void KeyDriver::Make(const NewCredential& credential, SecretBytes pin) {
  using Method = proto::worker::MakeCredential;
  auto hash = NewClientDataHash("org.fobd.create");
  if (!hash.ok()) return Ended(hash.error());
  rp_id_ = credential.rp_id;
  const auto ask = [this, credential, hash = *std::move(hash)](std::optional<SecretBytes> with) {
    Method::In in;
    in.rp_id = credential.rp_id;
    in.rp_name = credential.rp_id;
    in.user_handle = credential.user_handle;
    in.user_name = visit_.asker().user;
    in.client_data_hash = hash;
    in.algorithms = {"ES256", "EdDSA", "RS256"};
    in.exclude = References(credential.exclude);
    in.discoverable = credential.discoverable;
    in.user_verification = Method::In::UserVerification::kPreferred;
    in.pin = std::move(with);
    in.pin_floor = PinFloor();
    in.timeout_ms = TimeoutMs();
    return in;
  };
  Run<Method>(std::make_shared<Ask<Method>::element_type>(ask), std::move(pin));
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
