#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "devices/fido/algorithm.h"
#include "devices/fido/certificates.h"

// What fobd does with an answer of the worker: believe only what is signed.
namespace fob::fido {

// An assertion to be checked. `auth_data` is raw authenticator data: the 37 or more bytes that are
// signed, not wrapped into CBOR (see auth_data.h).
struct AssertionCheck {
  // What fobd knows.
  std::string rp_id;
  Bytes client_data_hash;  // SHA-256 of the client data, 32 bytes
  Bytes credential_id;
  Bytes public_key;  // as CredentialFacts gives it
  Algorithm algorithm = Algorithm::kEs256;
  bool require_user_verification = false;
  // What the key answered.
  Bytes answered_credential_id;
  Bytes auth_data;
  Bytes signature;  // ES256: ASN.1 DER; EdDSA: 64 bytes; RS256: PKCS #1 v1.5
};

// What the key signed.
struct AssertionFacts {
  bool user_present = false;  // always true
  bool user_verified = false;
  bool backup_eligible = false;
  bool backed_up = false;
  uint32_t counter = 0;  // 0: the key counts nothing, or nothing yet
};

// Errors: kCorrupt/"bad_auth_data"; kInvalidArgument/"bad_public_key" for a stored key that is
// none; otherwise kDenied with "wrong_credential", "wrong_rp", "no_user_presence",
// "no_user_verification" or "bad_signature". Whether the counter went back is the caller's to
// judge.
Result<AssertionFacts> VerifyAssertion(const AssertionCheck& check);

// A registration to be checked, with the parts that WebAuthn's attestation object has.
struct CredentialCheck {
  std::string rp_id;
  Bytes client_data_hash;
  bool require_user_verification = false;
  Bytes auth_data;  // raw, as above
  std::string format;
  Bytes attestation_statement;  // one CBOR map
  // Without it, what a certificate's key signed stays unverified, and format tpm is unknown.
  const CertificateChecks* certificates = nullptr;
  int64_t now = 0;  // Unix seconds, at which certificates must be valid
};

// none: no statement. self: signed by the credential's own key. unverified: signed by the key that
// a certificate names, which leads to no configured root. verified: it does.
enum class Attestation { kNone, kSelf, kUnverified, kVerified };

struct CredentialFacts {
  Bytes credential_id;
  Bytes public_key;  // ES256: x || y, 64 bytes; EdDSA: 32 bytes; RS256: n || e, 256 + 3 bytes
  Algorithm algorithm = Algorithm::kEs256;
  std::array<uint8_t, 16> aaguid{};
  Attestation attestation = Attestation::kNone;
  bool user_present = false;  // always true
  bool user_verified = false;
  bool backup_eligible = false;
  bool backed_up = false;
  uint32_t counter = 0;
};

// Formats none, packed (self and with certificates), fido-u2f and tpm (WebAuthn clauses 8.7, 8.2,
// 8.6 and 8.3). Errors: as above, and kDenied
// with "bad_attestation", "unknown_attestation" or "unsupported_algorithm".
Result<CredentialFacts> VerifyCredential(const CredentialCheck& check);

}  // namespace fob::fido
