#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "daemon/core/records.h"

namespace fob::core {

// What a key signed, after its signature, rp id and credential were verified against the stored key.
// The flags are the signed ones.
struct VerifiedAssertion {
  bool user_present = false;
  bool user_verified = false;
  bool backup_eligible = false;
  bool backed_up = false;
  uint32_t counter = 0;
};

struct AssertionClaim {
  Bytes client_data_hash;  // SHA-256 of our own client data
  Bytes credential_id;
  Bytes auth_data;
  Bytes signature;
};

enum class BrowserCeremony { kGet, kCreate };

// What a browser's client data (WebAuthn clause 5.8.1) must say.
struct BrowserExpectation {
  BrowserCeremony ceremony = BrowserCeremony::kGet;
  Bytes challenge;
  std::vector<std::string> origins;  // any of them
};

// WebAuthn clause 6.5.4, taken apart.
struct AttestationObject {
  std::string format;
  Bytes statement;  // one CBOR map
  Bytes auth_data;
};

struct CredentialClaim {
  std::string rp_id;
  Bytes client_data_hash;
  Bytes credential_id;
  Bytes auth_data;
  std::string format;
  Bytes attestation_statement;
  int64_t now = 0;  // Unix seconds, at which certificates must be valid
};

// Verification of possession factors: pure computation.
class FactorVerifier {
 public:
  virtual ~FactorVerifier() = default;
  // kDenied with a reason: "bad_signature", "wrong_rp", "wrong_credential", "no_user_presence",
  // "backup_changed" (the signed BE flag is another than at the enrolment); kCorrupt/"bad_auth_data".
  virtual Result<VerifiedAssertion> VerifyAssertion(const KeyRecord& key, const AssertionClaim& claim) const = 0;
  // A new key from its attestation: everything of KeyRecord but id, user, name, times and transports. Attestation
  // is kVerified only where its certificates lead to a configured root. Whether the key is allowed is not looked at.
  virtual Result<KeyRecord> VerifyCredential(const CredentialClaim& claim) const = 0;
  // The time step of a good code. kDenied/"wrong_code". These three: kInvalidArgument/"bad_parameters" for the other kind.
  virtual Result<int64_t> MatchTotp(const OtpRecord& otp, const SecretBytes& code, int64_t now, int window) const = 0;
  // The counter of a good code among `look_ahead` + 1 from the one after the last that was used. kDenied/"wrong_code".
  virtual Result<int64_t> MatchHotp(const OtpRecord& otp, const SecretBytes& code, int look_ahead) const = 0;
  // The counter of `second`, where both codes follow one another within `window` (RFC 4226 clause 7.4). kDenied/"wrong_code".
  virtual Result<int64_t> ResyncHotp(const OtpRecord& otp, const SecretBytes& first, const SecretBytes& second,
                                     int window) const = 0;
  // Client data that a key signs at a local ceremony; `type` is "org.fobd.get" or "org.fobd.create".
  // kInvalidArgument: a text that is not UTF-8.
  virtual Result<std::string> ClientData(std::string_view type, ByteView challenge, std::string_view host,
                                         std::string_view user, std::string_view service) const = 0;
  // SHA-256 of a browser's client data, which is of its own kind, for this challenge, from one of the origins, and
  // not from a page inside another's. kDenied with "wrong_type", "wrong_challenge", "wrong_origin",
  // "cross_origin", "malformed".
  virtual Result<Bytes> CheckBrowserData(std::string_view client_data, const BrowserExpectation& expected) const = 0;
  // kDenied/"malformed".
  virtual Result<AttestationObject> ReadAttestationObject(ByteView cbor) const = 0;
  virtual SecretBytes OtpAuthUri(const OtpRecord& otp, std::string_view issuer) const = 0;
  // Kind, secret and parameters out of an otpauth:// URI. kInvalidArgument.
  virtual Result<OtpRecord> ParseOtpAuthUri(const SecretBytes& uri) const = 0;
};

}  // namespace fob::core
