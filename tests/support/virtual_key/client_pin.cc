#include "tests/support/virtual_key/client_pin.h"

#include <algorithm>

#include "tests/support/virtual_key/crypto.h"

namespace fob::testing {
namespace {

constexpr int64_t kProtocol = 1, kSubCommand = 2, kKeyAgreement = 3, kPinUvAuthParam = 4,
                  kNewPinEnc = 5, kPinHashEnc = 6, kPermissions = 9, kRpId = 10;
constexpr int kMaxMismatchesInARow = 3;
constexpr size_t kPinHashSize = 16;
constexpr size_t kPaddedPinSize = 64;

Bytes PinHash(ByteView pin) {
  Bytes hash = Sha256(pin);
  hash.resize(kPinHashSize);
  return hash;
}

size_t CodePoints(ByteView utf8) {
  return static_cast<size_t>(
      std::ranges::count_if(utf8, [](uint8_t byte) { return (byte >> 6) != 2; }));
}

}  // namespace

ClientPin::ClientPin(KeyContext& key) : key_(key) { PowerUp(); }

void ClientPin::PowerUp() {
  protocols_.clear();
  for (const int version : key_.options.pin_protocols)
    protocols_.emplace_back(version, key_.random);
  token_.reset();
  mismatches_in_a_row_ = 0;
}

Outcome ClientPin::Handle(const Parameters& in, int64_t now_ms) {
  const bool has_permissions = key_.options.version == CtapVersion::kCtap21;
  switch (in.NeedInt(kSubCommand)) {
    case 1:
      return GetRetries();
    case 2:
      return Success(CborValue::Map{{1, Protocol(in).PublicKey()}});
    case 3:
      return SetPin(in);
    case 4:
      return ChangePin(in);
    case 5:
      return GetPinToken(in, now_ms);
    case 6:
      if (has_permissions) return GetTokenUsingUv(in, now_ms);
      break;
    case 7:
      if (has_permissions) return GetUvRetries();
      break;
    case 9:
      if (has_permissions) return GetTokenUsingPin(in, now_ms);
      break;
    default:
      break;
  }
  Fail(CtapStatus::kInvalidSubcommand);
}

Bytes ClientPin::GetRetries() const {
  CborValue::Map body{{3, key_.store.state().pin_retries}};
  if (key_.options.version == CtapVersion::kCtap21) {
    body.push_back({4, mismatches_in_a_row_ >= kMaxMismatchesInARow});
  }
  return Success(std::move(body));
}

Bytes ClientPin::GetUvRetries() const {
  if (!key_.options.built_in_uv) Fail(CtapStatus::kInvalidSubcommand);
  return Success(CborValue::Map{{5, key_.store.state().uv_retries}});
}

PinProtocol& ClientPin::Protocol(int64_t version) {
  for (PinProtocol& protocol : protocols_) {
    if (protocol.version() == version) return protocol;
  }
  Fail(CtapStatus::kInvalidParameter);
}

PinProtocol& ClientPin::Protocol(const Parameters& in) { return Protocol(in.NeedInt(kProtocol)); }

Bytes ClientPin::Secret(PinProtocol& protocol, const Parameters& in) const {
  auto secret = protocol.Decapsulate(in.NeedMap(kKeyAgreement));
  if (!secret) Fail(CtapStatus::kInvalidParameter);
  return *secret;
}

Bytes ClientPin::SetPin(const Parameters& in) {
  PinProtocol& protocol = Protocol(in);
  const Bytes& new_pin_enc = in.NeedBytes(kNewPinEnc);
  const Bytes& auth_param = in.NeedBytes(kPinUvAuthParam);
  const Bytes secret = Secret(protocol, in);
  if (pin_set()) Fail(CtapStatus::kPinAuthInvalid);
  if (!protocol.Verify(secret, new_pin_enc, auth_param)) Fail(CtapStatus::kPinAuthInvalid);
  StoreNewPin(protocol, secret, new_pin_enc);
  return StatusOnly(CtapStatus::kOk);
}

Bytes ClientPin::ChangePin(const Parameters& in) {
  PinProtocol& protocol = Protocol(in);
  const Bytes& new_pin_enc = in.NeedBytes(kNewPinEnc);
  const Bytes& pin_hash_enc = in.NeedBytes(kPinHashEnc);
  const Bytes& auth_param = in.NeedBytes(kPinUvAuthParam);
  const Bytes secret = Secret(protocol, in);
  if (!pin_set()) Fail(CtapStatus::kPinNotSet);
  if (key_.store.state().pin_retries == 0) Fail(CtapStatus::kPinBlocked);
  if (!protocol.Verify(secret, Concat(new_pin_enc, pin_hash_enc), auth_param))
    Fail(CtapStatus::kPinAuthInvalid);
  CheckPin(protocol, secret, pin_hash_enc);
  StoreNewPin(protocol, secret, new_pin_enc);
  return StatusOnly(CtapStatus::kOk);
}

void ClientPin::CheckPin(PinProtocol& protocol, ByteView secret, ByteView pin_hash_enc) {
  KeyState& state = key_.store.Mutable();
  if (state.pin_retries == 0) Fail(CtapStatus::kPinBlocked);
  if (mismatches_in_a_row_ >= kMaxMismatchesInARow) Fail(CtapStatus::kPinAuthBlocked);
  // The try is paid for before it is made, so that pulling the plug does not save it.
  --state.pin_retries;
  key_.store.Commit();
  const auto hash = protocol.Decrypt(secret, pin_hash_enc);
  if (!hash || !ConstantTimeEqual(*hash, state.pin_hash)) {
    protocol.RegenerateKey();
    ++mismatches_in_a_row_;
    if (state.pin_retries == 0) Fail(CtapStatus::kPinBlocked);
    if (mismatches_in_a_row_ >= kMaxMismatchesInARow) Fail(CtapStatus::kPinAuthBlocked);
    Fail(CtapStatus::kPinInvalid);
  }
  mismatches_in_a_row_ = 0;
  state.pin_retries = kMaxPinRetries;
  state.uv_retries = kMaxUvRetries;
  key_.store.Commit();
}

void ClientPin::StoreNewPin(PinProtocol& protocol, ByteView secret, ByteView new_pin_enc) {
  auto padded = protocol.Decrypt(secret, new_pin_enc);
  if (!padded || padded->size() != kPaddedPinSize) Fail(CtapStatus::kInvalidParameter);
  while (!padded->empty() && padded->back() == 0) padded->pop_back();
  if (padded->size() == kPaddedPinSize || CodePoints(*padded) < key_.options.min_pin_length) {
    Fail(CtapStatus::kPinPolicyViolation);
  }
  // Clause 6.5.5.6: a change that was forced is one.
  const Bytes& old = key_.store.state().pin_hash;
  if (key_.store.state().pin_change_forced && PinHash(*padded) == old)
    Fail(CtapStatus::kPinPolicyViolation);
  StorePin(AsText(*padded));
  DropTokens();
}

void ClientPin::StorePin(std::string_view pin) {
  KeyState& state = key_.store.Mutable();
  state.pin_hash = PinHash(AsBytes(pin));
  state.pin_retries = kMaxPinRetries;
  state.pin_change_forced = false;
  key_.store.Commit();
  mismatches_in_a_row_ = 0;
}

void ClientPin::SetRetries(int pin_retries, int uv_retries) {
  key_.store.Mutable().pin_retries = pin_retries;
  key_.store.Mutable().uv_retries = uv_retries;
  key_.store.Commit();
}

void ClientPin::ForceChange(bool forced) {
  key_.store.Mutable().pin_change_forced = forced;
  key_.store.Commit();
}

void ClientPin::BlockUntilPowerUp() { mismatches_in_a_row_ = kMaxMismatchesInARow; }

Bytes ClientPin::GetPinToken(const Parameters& in, int64_t now_ms) {
  PinProtocol& protocol = Protocol(in);
  const Bytes& pin_hash_enc = in.NeedBytes(kPinHashEnc);
  const Bytes secret = Secret(protocol, in);
  if (in.Has(kPermissions) || in.Has(kRpId)) Fail(CtapStatus::kInvalidParameter);
  if (!pin_set()) Fail(CtapStatus::kPinNotSet);
  CheckPin(protocol, secret, pin_hash_enc);
  // Clause 6.5.5.7.1: an answer that platforms of CTAP 2.0 know.
  if (key_.store.state().pin_change_forced) Fail(CtapStatus::kPinInvalid);
  Token token;
  if (!key_.options.no_mc_ga_permissions_with_client_pin) {
    token.permissions = kPermissionMakeCredential | kPermissionGetAssertion;
  }
  token.verified = true;
  token.issued_ms = now_ms;
  return IssueToken(protocol, secret, std::move(token));
}

int ClientPin::ReadPermissions(const Parameters& in, std::optional<std::string>& rp_id) const {
  const int64_t permissions = in.NeedInt(kPermissions);
  if (permissions <= 0) Fail(CtapStatus::kInvalidParameter);
  constexpr int kSupported = kPermissionMakeCredential | kPermissionGetAssertion;
  if ((permissions & ~int64_t{kSupported}) != 0) Fail(CtapStatus::kUnauthorizedPermission);
  rp_id = in.NeedText(kRpId);
  return static_cast<int>(permissions);
}

Bytes ClientPin::GetTokenUsingPin(const Parameters& in, int64_t now_ms) {
  PinProtocol& protocol = Protocol(in);
  const Bytes& pin_hash_enc = in.NeedBytes(kPinHashEnc);
  const Bytes secret = Secret(protocol, in);
  Token token;
  token.permissions = ReadPermissions(in, token.rp_id);
  if (key_.options.no_mc_ga_permissions_with_client_pin) Fail(CtapStatus::kUnauthorizedPermission);
  if (!pin_set()) Fail(CtapStatus::kPinNotSet);
  CheckPin(protocol, secret, pin_hash_enc);
  if (key_.store.state().pin_change_forced) Fail(CtapStatus::kPinPolicyViolation);
  token.verified = true;
  token.issued_ms = now_ms;
  return IssueToken(protocol, secret, std::move(token));
}

Outcome ClientPin::GetTokenUsingUv(const Parameters& in, int64_t now_ms) {
  PinProtocol& protocol = Protocol(in);
  const Bytes secret = Secret(protocol, in);
  Token token;
  token.permissions = ReadPermissions(in, token.rp_id);
  if (!key_.options.built_in_uv) Fail(CtapStatus::kNotAllowed);
  if (key_.store.state().uv_retries == 0) Fail(CtapStatus::kUvBlocked);
  token.verified = true;
  token.present = true;
  token.issued_ms = now_ms;
  return NeedTouch{[this, secret, token, version = protocol.version()] {
    VerifyUser();
    return IssueToken(Protocol(version), secret, token);
  }};
}

Bytes ClientPin::IssueToken(PinProtocol& protocol, ByteView secret, Token token) {
  DropTokens();
  token_ = std::move(token);
  return Success(CborValue::Map{{2, protocol.Encrypt(secret, protocol.token())}});
}

void ClientPin::DropTokens() {
  token_.reset();
  for (PinProtocol& protocol : protocols_) protocol.ResetToken();
}

void ClientPin::VerifyUser() {
  KeyState& state = key_.store.Mutable();
  if (state.uv_retries == 0) Fail(CtapStatus::kUvBlocked);
  const bool good = key_.controls.uv_failures == 0;
  state.uv_retries = good ? kMaxUvRetries : state.uv_retries - 1;
  key_.store.Commit();
  if (good) return;
  if (key_.controls.uv_failures != Controls::kForever) --key_.controls.uv_failures;
  Fail(state.uv_retries == 0 ? CtapStatus::kUvBlocked : CtapStatus::kUvInvalid);
}

Authorisation ClientPin::Authorise(const Request& request, int64_t now_ms) {
  // Clause 6.5.5.7: a token nobody uses dies after 30 s, a used one after ten minutes; its gesture
  // counts for 30 s.
  constexpr int64_t kInitialLimitMs = 30'000;
  constexpr int64_t kMaxLimitMs = 600'000;
  Authorisation out;
  if (request.auth_param == nullptr) {
    if (request.uv_option && !key_.options.built_in_uv) Fail(CtapStatus::kInvalidOption);
    out.verify_at_touch = request.uv_option;
    return out;
  }
  if (request.protocol == nullptr) Fail(CtapStatus::kMissingParameter);
  PinProtocol& protocol = Protocol(*request.protocol);
  if (token_ && key_.options.version == CtapVersion::kCtap21) {
    const int64_t age = now_ms - token_->issued_ms;
    if (age > (token_->used ? kMaxLimitMs : kInitialLimitMs)) token_.reset();
  }
  if (!token_ ||
      !protocol.Verify(protocol.token(), request.client_data_hash, *request.auth_param) ||
      (token_->permissions & request.permission) == 0 || !token_->verified ||
      (token_->rp_id && *token_->rp_id != request.rp_id)) {
    Fail(CtapStatus::kPinAuthInvalid);
  }
  token_->used = true;
  if (!token_->rp_id && key_.options.version == CtapVersion::kCtap21) token_->rp_id = request.rp_id;
  out.verified = true;
  out.present = token_->present && now_ms - token_->issued_ms <= kInitialLimitMs;
  return out;
}

void ClientPin::SpendToken() {
  if (!token_ || key_.options.version != CtapVersion::kCtap21) return;
  token_->permissions = 0;
  token_->verified = false;
  token_->present = false;
}

}  // namespace fob::testing
