#include "tests/support/core_fakes/fake_verifier.h"

#include "base/encoding.h"
#include "tests/support/core_fakes/scripted_desk.h"

namespace fob::testing {
namespace {

bool SignedFor(ByteView signature, ByteView client_data_hash) {
  return AsText(signature) == "signed " + Base64UrlEncode(client_data_hash);
}

}  // namespace

std::string CodeOf(const std::string& otp, int64_t now, int64_t steps) {
  return otp + "/" + std::to_string(now / 30 + steps);
}

std::string HotpCodeOf(const std::string& otp, int64_t counter) {
  return otp + "#" + std::to_string(counter);
}

Result<core::VerifiedAssertion> FakeVerifier::VerifyAssertion(
    const core::KeyRecord&, const core::AssertionClaim& claim) const {
  if (claim.auth_data.size() != 5)
    return MakeError(Code::kCorrupt, "bad_auth_data", "auth data of another size");
  if (!SignedFor(claim.signature, claim.client_data_hash)) {
    return MakeError(Code::kDenied, "bad_signature", "the signature is not good");
  }
  core::VerifiedAssertion out;
  const uint8_t flags = claim.auth_data[0];
  out.user_present = (flags & kUp) != 0;
  out.user_verified = (flags & kUv) != 0;
  out.backup_eligible = (flags & kBackupEligible) != 0;
  out.backed_up = (flags & kBackedUp) != 0;
  for (size_t i = 1; i < 5; ++i) out.counter = out.counter << 8 | claim.auth_data[i];
  return out;
}

Result<core::KeyRecord> FakeVerifier::VerifyCredential(const core::CredentialClaim& claim) const {
  if (!SignedFor(claim.attestation_statement, claim.client_data_hash)) {
    return MakeError(Code::kDenied, "bad_signature", "the attestation is not good");
  }
  core::KeyRecord key;
  key.rp_id = claim.rp_id;
  key.credential_id = claim.credential_id;
  key.public_key = Bytes(64, 7);
  key.aaguid = Bytes(16, 1);
  key.attestation = attestation;
  key.user_verification = (claim.auth_data.at(0) & kUv) != 0;
  return key;
}

Result<int64_t> FakeVerifier::MatchTotp(const core::OtpRecord& otp, const SecretBytes& code,
                                        int64_t now, int window) const {
  for (int64_t steps = -window; steps <= window; ++steps) {
    if (code.RevealText() == CodeOf(otp.name, now, steps)) return now / 30 + steps;
  }
  return MakeError(Code::kDenied, "wrong_code", "that code is not right");
}

Result<int64_t> FakeVerifier::MatchHotp(const core::OtpRecord& otp, const SecretBytes& code,
                                        int look_ahead) const {
  for (int64_t ahead = 0; ahead <= look_ahead; ++ahead) {
    const int64_t counter = otp.last_step + 1 + ahead;
    if (code.RevealText() == HotpCodeOf(otp.name, counter)) return counter;
  }
  return MakeError(Code::kDenied, "wrong_code", "that code is not right");
}

Result<int64_t> FakeVerifier::ResyncHotp(const core::OtpRecord& otp, const SecretBytes& first,
                                         const SecretBytes& second, int window) const {
  FOB_TRY(const int64_t one, MatchHotp(otp, first, window));
  FOB_TRY(const int64_t other, MatchHotp(otp, second, window));
  if (other == one + 1) return other;
  return MakeError(Code::kDenied, "wrong_code", "those codes do not follow one another");
}

Result<std::string> FakeVerifier::ClientData(std::string_view type, ByteView challenge,
                                             std::string_view host, std::string_view user,
                                             std::string_view service) const {
  client_data.push_back({std::string(type), std::string(user), std::string(service)});
  challenges.emplace_back(challenge.begin(), challenge.end());
  const std::string encoded = Base64UrlEncode(challenge);
  std::string text(type);
  for (const std::string_view part : {std::string_view(encoded), host, user, service}) {
    text += '|';
    text += part;
  }
  return text;
}

Result<Bytes> FakeVerifier::CheckBrowserData(std::string_view text,
                                             const core::BrowserExpectation& expected) const {
  const std::string type = expected.ceremony == core::BrowserCeremony::kGet ? "webauthn.get" : "webauthn.create";
  for (const std::string& origin : expected.origins) {
    if (text == type + "|" + Base64UrlEncode(expected.challenge) + "|" + origin)
      return Bytes(text.begin(), text.end());
  }
  return MakeError(Code::kDenied, "wrong_client_data", "client data of something else");
}

Result<core::AttestationObject> FakeVerifier::ReadAttestationObject(ByteView cbor) const {
  const std::string_view text = AsText(cbor);
  const size_t first = text.find('|');
  const size_t last = text.rfind('|');
  if (first == std::string_view::npos || last == first)
    return MakeError(Code::kDenied, "malformed", "no attestation object");
  const auto bytes = [](std::string_view part) { return Bytes(part.begin(), part.end()); };
  return core::AttestationObject{std::string(text.substr(0, first)),
                                 bytes(text.substr(first + 1, last - first - 1)), bytes(text.substr(last + 1))};
}

SecretBytes FakeVerifier::OtpAuthUri(const core::OtpRecord& otp, std::string_view issuer) const {
  return SecretBytes("otpauth://totp/" + std::string(issuer) + ":" + otp.user);
}

Result<core::OtpRecord> FakeVerifier::ParseOtpAuthUri(const SecretBytes& uri) const {
  if (!uri.RevealText().starts_with("otpauth://totp/")) {
    return MakeError(Code::kInvalidArgument, "bad_uri", "not an otpauth URI");
  }
  core::OtpRecord otp;
  otp.digits = 8;
  otp.secret = SecretBytes("imported secret bytes");
  return otp;
}

}  // namespace fob::testing
