#include <algorithm>

#include "tests/support/virtual_key/authenticator_data.h"
#include "tests/support/virtual_key/crypto.h"
#include "tests/support/virtual_key/ctap2.h"

namespace fob::testing {
namespace {

constexpr int64_t kClientDataHash = 1, kRp = 2, kUser = 3, kPubKeyCredParams = 4, kExcludeList = 5,
                  kExtensions = 6, kOptions = 7, kPinUvAuthParam = 8, kPinUvAuthProtocol = 9,
                  kEnterpriseAttestation = 10;
constexpr size_t kCredentialIdSize = 48;

// 0: not asked for. Throws kInvalidOption for a level that does not exist.
int ReadCredProtect(const Parameters& in) {
  const CborValue* extensions = in.OptionalMap(kExtensions);
  const CborValue* level = extensions != nullptr ? extensions->Find("credProtect") : nullptr;
  if (level == nullptr) return 0;
  const int64_t* number = level->AsInt();
  if (number == nullptr) Fail(CtapStatus::kUnexpectedType);
  if (*number < 1 || *number > 3) Fail(CtapStatus::kInvalidOption);
  return static_cast<int>(*number);
}

}  // namespace

struct Ctap2::Registration {
  Bytes client_data_hash;
  Credential credential;  // without id and key
  int cred_protect_asked = 0;
};

int Ctap2::ChooseAlgorithm(const CborValue::Array& offered) const {
  std::optional<int> chosen;
  for (const CborValue& item : offered) {
    if (item.AsMap() == nullptr) Fail(CtapStatus::kUnexpectedType);
    const std::string& type = NeedTextMember(item, "type");
    const CborValue* alg = item.Find("alg");
    if (alg == nullptr) Fail(CtapStatus::kMissingParameter);
    if (alg->AsInt() == nullptr) Fail(CtapStatus::kUnexpectedType);
    for (const int supported : key_.options.algorithms) {
      if (!chosen && type == "public-key" && *alg->AsInt() == supported) chosen = supported;
    }
  }
  if (!chosen) Fail(CtapStatus::kUnsupportedAlgorithm);
  return *chosen;
}

Ctap2::Registration Ctap2::ReadRegistration(const Parameters& in) const {
  Registration out;
  out.client_data_hash = in.NeedBytes(kClientDataHash);
  if (out.client_data_hash.size() != 32) Fail(CtapStatus::kInvalidLength);
  Credential& credential = out.credential;
  credential.rp_id = NeedTextMember(in.NeedMap(kRp), "id");
  credential.rp_id_hash = Sha256(AsBytes(credential.rp_id));
  const CborValue& user = in.NeedMap(kUser);
  credential.user_id = NeedBytesMember(user, "id");
  if (credential.user_id.size() > 64) Fail(CtapStatus::kInvalidLength);
  credential.user_name = TextMemberOr(user, "name", "");
  credential.user_display_name = TextMemberOr(user, "displayName", "");
  credential.algorithm = ChooseAlgorithm(in.NeedArray(kPubKeyCredParams));
  credential.discoverable = BoolMemberOr(in.OptionalMap(kOptions), "rk", false);
  if (credential.discoverable && key_.options.rk_capacity == 0)
    Fail(CtapStatus::kUnsupportedOption);
  out.cred_protect_asked = ReadCredProtect(in);
  credential.cred_protect = std::max(1, out.cred_protect_asked);
  return out;
}

Outcome Ctap2::MakeCredential(const Parameters& in, int64_t now_ms) {
  const Bytes* auth_param = in.OptionalBytes(kPinUvAuthParam);
  if (auth_param != nullptr && auth_param->empty()) {
    // Clause 6.1.2 step 1: a platform that lets the user choose among several keys.
    return NeedTouch{[this] {
      return StatusOnly(pin_.pin_set() ? CtapStatus::kPinInvalid : CtapStatus::kPinNotSet);
    }};
  }
  const Registration request = ReadRegistration(in);
  const CborValue* options = in.OptionalMap(kOptions);
  if (!BoolMemberOr(options, "up", true)) Fail(CtapStatus::kInvalidOption);
  if (in.Has(kEnterpriseAttestation)) Fail(CtapStatus::kInvalidParameter);

  const bool uv = BoolMemberOr(options, "uv", false) && auth_param == nullptr;
  if (pin_.is_protected() && auth_param == nullptr && !uv) {
    const bool lenient =
        key_.options.version == CtapVersion::kCtap21 && key_.options.make_cred_uv_not_rqd;
    if (!lenient || request.credential.discoverable) {
      Fail(pin_.pin_set() ? CtapStatus::kPuatRequired : CtapStatus::kOperationDenied);
    }
  }
  const Authorisation authorisation =
      pin_.Authorise({auth_param, in.OptionalInt(kPinUvAuthProtocol), uv, request.client_data_hash,
                      kPermissionMakeCredential, request.credential.rp_id},
                     now_ms);

  bool excluded = false;
  if (const CborValue::Array* list = in.OptionalArray(kExcludeList)) {
    const bool will_verify = authorisation.verified || authorisation.verify_at_touch;
    for (const Bytes& id : CredentialIds(*list)) {
      const Credential* known =
          key_.store.state().FindCredential(id, request.credential.rp_id_hash);
      if (known != nullptr && (known->cred_protect != 3 || will_verify)) excluded = true;
    }
  }

  const auto finish = [this, request, authorisation, excluded] {
    const bool verified = FinishVerification(authorisation);
    if (excluded) return StatusOnly(CtapStatus::kCredentialExcluded);
    return Register(request, verified);
  };
  if (authorisation.present) return finish();
  return NeedTouch{finish};
}

Bytes Ctap2::Register(const Registration& request, bool user_verified) {
  KeyState& state = key_.store.Mutable();
  Credential credential = request.credential;
  credential.id = key_.random.Take(kCredentialIdSize);
  credential.private_key = GeneratePrivateKey(credential.algorithm, key_.random);
  credential.created = state.next_ordinal;

  if (credential.discoverable) {
    // Clause 6.1.2: the same account at the same rp is overwritten.
    std::erase_if(state.credentials, [&](const Credential& old) {
      return old.discoverable && old.rp_id == credential.rp_id && old.user_id == credential.user_id;
    });
    if (state.DiscoverableCount() >= key_.options.rk_capacity) Fail(CtapStatus::kKeyStoreFull);
  }
  ++state.next_ordinal;
  state.credentials.push_back(credential);

  const CborValue extensions = CborValue::Map{{"credProtect", credential.cred_protect}};
  AuthenticatorData data;
  data.rp_id_hash = credential.rp_id_hash;
  data.user_present = true;
  data.user_verified = user_verified;
  data.counter = NextCounter(key_);
  data.attested = &credential;
  data.extensions = request.cred_protect_asked != 0 ? &extensions : nullptr;
  const Bytes auth_data = data.Encode(key_);
  key_.store.Commit();
  pin_.SpendToken();

  const bool none = key_.options.attestation == AttestationKind::kNone;
  return Success(
      CborValue::Map{{1, none ? "none" : "packed"},
                     {2, auth_data},
                     {3, AttestationStatement(credential, auth_data, request.client_data_hash)}});
}

CborValue Ctap2::AttestationStatement(const Credential& credential, ByteView auth_data,
                                      ByteView client_data_hash) const {
  const Bytes message = Concat(auth_data, HashToSign(key_, client_data_hash));
  const BatchIdentity& batch = key_.store.state().batch;
  switch (key_.options.attestation) {
    case AttestationKind::kNone:
      return CborValue::Map{};
    case AttestationKind::kSelf:
      return CborValue::Map{
          {"alg", credential.algorithm},
          {"sig", SignAs(key_, credential.algorithm, credential.private_key, message)}};
    case AttestationKind::kBatch:
      return CborValue::Map{{"alg", kEs256},
                            {"sig", SignAs(key_, kEs256, batch.private_key, message)},
                            {"x5c", CborValue::Array{batch.certificate}}};
  }
  return CborValue();
}

}  // namespace fob::testing
