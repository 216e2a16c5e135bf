#include <algorithm>

#include "tests/support/virtual_key/authenticator_data.h"
#include "tests/support/virtual_key/crypto.h"
#include "tests/support/virtual_key/ctap2.h"

namespace fob::testing {
namespace {

constexpr int64_t kRpId = 1, kClientDataHash = 2, kAllowList = 3, kOptions = 5, kPinUvAuthParam = 6,
                  kPinUvAuthProtocol = 7;
constexpr int64_t kNextAssertionLimitMs = 30'000;

}  // namespace

Outcome Ctap2::GetAssertion(const Parameters& in, int64_t now_ms) {
  const Bytes* auth_param = in.OptionalBytes(kPinUvAuthParam);
  if (auth_param != nullptr && auth_param->empty()) {
    return NeedTouch{[this] {
      return StatusOnly(pin_.pin_set() ? CtapStatus::kPinInvalid : CtapStatus::kPinNotSet);
    }};
  }
  Assertion assertion;
  const std::string& rp_id = in.NeedText(kRpId);
  assertion.client_data_hash = in.NeedBytes(kClientDataHash);
  if (assertion.client_data_hash.size() != 32) Fail(CtapStatus::kInvalidLength);
  assertion.rp_id_hash = Sha256(AsBytes(rp_id));
  const CborValue* options = in.OptionalMap(kOptions);
  if (options != nullptr && options->Find("rk") != nullptr) Fail(CtapStatus::kUnsupportedOption);
  const bool uv = BoolMemberOr(options, "uv", false) && auth_param == nullptr;
  assertion.user_present = BoolMemberOr(options, "up", true);

  const Authorisation authorisation =
      pin_.Authorise({auth_param, in.OptionalInt(kPinUvAuthProtocol), uv,
                      assertion.client_data_hash, kPermissionGetAssertion, rp_id},
                     now_ms);
  const bool will_verify = authorisation.verified || authorisation.verify_at_touch;
  assertion.credential_ids = FindCredentials(in, assertion.rp_id_hash, will_verify);
  if (assertion.credential_ids.empty()) Fail(CtapStatus::kNoCredentials);

  const auto finish = [this, asked = assertion, authorisation, now_ms] {
    Assertion done = asked;
    done.user_verified = FinishVerification(authorisation);
    if (done.user_present) pin_.SpendToken();
    const size_t count = done.credential_ids.size();
    done.reveal_names = done.user_verified && count > 1;
    const Bytes answer = Assert(done, 0, count);
    if (count > 1) {
      pending_ = done;
      pending_index_ = 1;
      pending_until_ms_ = now_ms + key_.options.user_action_timeout_ms + kNextAssertionLimitMs;
    }
    return answer;
  };
  const bool gesture =
      (assertion.user_present && !authorisation.present) || authorisation.verify_at_touch;
  if (!gesture) return finish();
  return NeedTouch{finish};
}

std::vector<Bytes> Ctap2::FindCredentials(const Parameters& in, ByteView rp_id_hash,
                                          bool user_verified) const {
  const KeyState& state = key_.store.state();
  const CborValue::Array* allow_list = in.OptionalArray(kAllowList);
  std::vector<Bytes> found;
  if (allow_list != nullptr && !allow_list->empty()) {
    for (const Bytes& id : CredentialIds(*allow_list)) {
      const Credential* credential = state.FindCredential(id, rp_id_hash);
      // One of them is enough when the platform knows which it wants.
      if (credential != nullptr && found.empty() &&
          (credential->cred_protect < 3 || user_verified)) {
        found.push_back(credential->id);
      }
    }
    return found;
  }
  for (const Credential& credential : state.credentials) {
    if (credential.discoverable && std::ranges::equal(credential.rp_id_hash, rp_id_hash) &&
        (credential.cred_protect < 2 || user_verified)) {
      found.push_back(credential.id);
    }
  }
  std::ranges::reverse(found);  // clause 6.2.2: the newest first
  return found;
}

Bytes Ctap2::Assert(const Assertion& assertion, size_t index, size_t announce) {
  const Credential* credential =
      key_.store.state().FindCredential(assertion.credential_ids[index], assertion.rp_id_hash);
  if (credential == nullptr) Fail(CtapStatus::kNoCredentials);
  AuthenticatorData data;
  data.rp_id_hash = assertion.rp_id_hash;
  data.user_present = assertion.user_present;
  data.user_verified = assertion.user_verified;
  data.counter = NextCounter(key_);
  const Bytes auth_data = data.Encode(key_);
  key_.store.Commit();

  Bytes id = credential->id;
  if (key_.controls.misbehaviour.foreign_credential_id) id = key_.random.Take(id.size());
  const Bytes signature = SignAs(key_, credential->algorithm, credential->private_key,
                                 Concat(auth_data, HashToSign(key_, assertion.client_data_hash)));
  CborValue::Map body{
      {1, CborValue::Map{{"id", id}, {"type", "public-key"}}}, {2, auth_data}, {3, signature}};
  if (credential->discoverable) {
    CborValue::Map user{{"id", credential->user_id}};
    if (assertion.reveal_names) {
      user.push_back({"name", credential->user_name});
      user.push_back({"displayName", credential->user_display_name});
    }
    body.push_back({4, user});
  }
  if (announce > 1) body.push_back({5, static_cast<int64_t>(announce)});
  return Success(std::move(body));
}

Outcome Ctap2::GetNextAssertion(int64_t now_ms) {
  if (!pending_ || now_ms > pending_until_ms_ ||
      pending_index_ >= pending_->credential_ids.size()) {
    pending_.reset();
    Fail(CtapStatus::kNotAllowed);
  }
  pending_until_ms_ = now_ms + kNextAssertionLimitMs;
  return Assert(*pending_, pending_index_++, 0);
}

}  // namespace fob::testing
