#include "daemon/factors/factor_verifier.h"

#include <algorithm>

#include "daemon/crypto/browser_data.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/factors/algorithms.h"
#include "devices/fido/attestation_object.h"
#include "devices/fido/client_data.h"
#include "devices/fido/verify.h"
#include "devices/oath/hotp.h"
#include "devices/oath/otpauth.h"
#include "devices/oath/totp.h"

namespace fob::factors {
namespace {

core::Attestation AttestationOf(fido::Attestation attestation) {
  switch (attestation) {
    case fido::Attestation::kNone: return core::Attestation::kNone;
    case fido::Attestation::kSelf: return core::Attestation::kSelf;
    case fido::Attestation::kUnverified: return core::Attestation::kUnverified;
    case fido::Attestation::kVerified: break;
  }
  return core::Attestation::kVerified;
}

Status CheckKind(const core::OtpRecord& otp, core::OtpKind kind) {
  if (otp.kind == kind) return Ok();
  return MakeError(Code::kInvalidArgument, "bad_parameters", "an otp of the other kind");
}

oath::Hotp HotpOf(const core::OtpRecord& otp) { return {static_cast<oath::Algorithm>(otp.algorithm), otp.digits}; }

}  // namespace

Result<core::VerifiedAssertion> FactorVerifier::VerifyAssertion(const core::KeyRecord& key,
                                                                const core::AssertionClaim& claim) const {
  fido::AssertionCheck check;
  check.rp_id = key.rp_id;
  check.client_data_hash = claim.client_data_hash;
  check.credential_id = key.credential_id;
  check.public_key = key.public_key;
  check.algorithm = ToFido(key.algorithm);
  check.answered_credential_id = claim.credential_id;
  check.auth_data = claim.auth_data;
  check.signature = claim.signature;
  FOB_TRY(const fido::AssertionFacts facts, fido::VerifyAssertion(check));
  // WebAuthn level 3 clause 7.2: whether a credential can be backed up is decided when it is made.
  if (facts.backup_eligible != key.backup_eligible) {
    return MakeError(Code::kDenied, "backup_changed",
                     "the key says another thing about its backup than when it was enrolled: it may have been copied; enrol it anew");
  }
  return core::VerifiedAssertion{facts.user_present, facts.user_verified, facts.backup_eligible, facts.backed_up,
                                 facts.counter};
}

Result<core::KeyRecord> FactorVerifier::VerifyCredential(const core::CredentialClaim& claim) const {
  fido::CredentialCheck check;
  check.rp_id = claim.rp_id;
  check.client_data_hash = claim.client_data_hash;
  check.auth_data = claim.auth_data;
  check.format = claim.format;
  check.attestation_statement = claim.attestation_statement;
  check.certificates = &attestation_;
  check.now = claim.now;
  FOB_TRY(const fido::CredentialFacts facts, fido::VerifyCredential(check));
  if (facts.credential_id != claim.credential_id) {
    return MakeError(Code::kDenied, "wrong_credential", "the key named another credential than it signed");
  }
  core::KeyRecord key;
  key.rp_id = claim.rp_id;
  key.credential_id = facts.credential_id;
  key.public_key = facts.public_key;
  key.algorithm = FromFido(facts.algorithm);
  key.aaguid.assign(facts.aaguid.begin(), facts.aaguid.end());
  key.attestation = AttestationOf(facts.attestation);
  key.user_verification = facts.user_verified;
  key.backup_eligible = facts.backup_eligible;
  key.backed_up = facts.backed_up;
  key.counter = facts.counter;
  return key;
}

Result<int64_t> FactorVerifier::MatchTotp(const core::OtpRecord& otp, const SecretBytes& code, int64_t now,
                                          int window) const {
  FOB_CHECK(CheckKind(otp, core::OtpKind::kTotp));
  const SecretBytes typed = oath::NormalizeCode(code.RevealText());
  const oath::Totp parameters{static_cast<oath::Algorithm>(otp.algorithm), otp.digits, otp.period};
  return oath::MatchTotp(parameters, otp.secret, typed.RevealText(), now, window);
}

Result<int64_t> FactorVerifier::MatchHotp(const core::OtpRecord& otp, const SecretBytes& code, int look_ahead) const {
  FOB_CHECK(CheckKind(otp, core::OtpKind::kHotp));
  const SecretBytes typed = oath::NormalizeCode(code.RevealText());
  return oath::MatchHotp(HotpOf(otp), otp.secret, typed.RevealText(), otp.last_step + 1, look_ahead);
}

Result<int64_t> FactorVerifier::ResyncHotp(const core::OtpRecord& otp, const SecretBytes& first,
                                           const SecretBytes& second, int window) const {
  FOB_CHECK(CheckKind(otp, core::OtpKind::kHotp));
  const SecretBytes typed_first = oath::NormalizeCode(first.RevealText());
  const SecretBytes typed_second = oath::NormalizeCode(second.RevealText());
  return oath::ResyncHotp(HotpOf(otp), otp.secret, typed_first.RevealText(), typed_second.RevealText(),
                          otp.last_step + 1, window);
}

Result<std::string> FactorVerifier::ClientData(std::string_view type, ByteView challenge, std::string_view host,
                                               std::string_view user, std::string_view service) const {
  const auto kind = type == "org.fobd.create" ? fido::ClientDataType::kCreate : fido::ClientDataType::kGet;
  return fido::ClientDataJson({kind, challenge, host, user, service});
}

Result<Bytes> FactorVerifier::CheckBrowserData(std::string_view client_data, const core::BrowserExpectation& expected) const {
  FOB_TRY(const crypto::BrowserData data, crypto::ReadBrowserData(client_data));
  // Other types than a browser's are not for here: least of all those that are signed at this host's own prompts.
  const bool get = expected.ceremony == core::BrowserCeremony::kGet;
  if (data.type != (get ? "webauthn.get" : "webauthn.create")) return Denied("wrong_type", "client data of another ceremony");
  if (!ConstantTimeEqual(data.challenge, expected.challenge)) return Denied("wrong_challenge", "client data of another challenge");
  if (std::ranges::find(expected.origins, data.origin) == expected.origins.end()) {
    return Denied("wrong_origin", "client data of a page of another origin");
  }
  if (data.cross_origin || data.top_origin) return Denied("cross_origin", "client data of a page inside another's");
  return crypto::Sha256Hasher().Sha256(AsBytes(client_data));
}

Result<core::AttestationObject> FactorVerifier::ReadAttestationObject(ByteView cbor) const {
  FOB_TRY(fido::AttestationObject object, fido::ParseAttestationObject(cbor));
  return core::AttestationObject{std::move(object.format), std::move(object.statement), std::move(object.auth_data)};
}

SecretBytes FactorVerifier::OtpAuthUri(const core::OtpRecord& otp, std::string_view issuer) const {
  oath::OtpAuth out;
  out.issuer = issuer;
  out.account = otp.user;
  out.secret = otp.secret.Clone();
  out.algorithm = static_cast<oath::Algorithm>(otp.algorithm);
  out.digits = otp.digits;
  out.kind = otp.kind == core::OtpKind::kTotp ? oath::OtpAuth::Kind::kTotp : oath::OtpAuth::Kind::kHotp;
  out.period = otp.period;
  out.counter = otp.last_step + 1;
  return oath::FormatOtpAuth(out);
}

Result<core::OtpRecord> FactorVerifier::ParseOtpAuthUri(const SecretBytes& uri) const {
  FOB_TRY(oath::OtpAuth parsed, oath::ParseOtpAuth(uri.RevealText()));
  const bool totp = parsed.kind == oath::OtpAuth::Kind::kTotp;
  if (totp && parsed.period != 30 && parsed.period != 60) {
    return MakeError(Code::kInvalidArgument, "bad_period", "a period has 30 or 60 seconds");
  }
  core::OtpRecord otp;
  otp.algorithm = static_cast<core::OtpAlgorithm>(parsed.algorithm);
  otp.digits = parsed.digits;
  otp.kind = totp ? core::OtpKind::kTotp : core::OtpKind::kHotp;
  otp.period = parsed.period;
  otp.last_step = totp ? -1 : parsed.counter - 1;
  otp.secret = std::move(parsed.secret);
  return otp;
}

}  // namespace fob::factors
