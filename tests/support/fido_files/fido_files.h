#pragma once

#include <string>

#include "devices/fido/requests.h"
#include "devices/fido/verify.h"

// The text files of Debian's fido2-tools, read and checked by our own verification, and ours written for them.
//
// fido2-cred -M prints, a line each:
//   client data hash, rp id, format, authenticator data (a CBOR byte string), credential id, attestation signature
//   [, attestation certificate]
// fido2-assert -G prints:
//   client data hash, rp id, authenticator data (a CBOR byte string), signature [, more]
// Bytes are base64; rp id and format are text.
namespace fob::testing {

// Errors: those of fido::VerifyCredential and VerifyAssertion; kInvalidArgument/"bad_file".
Result<fido::CredentialFacts> VerifyCredentialFile(const std::string& text);
Result<fido::AssertionFacts> VerifyAssertionFile(const std::string& text, fido::Algorithm algorithm,
                                                 const Bytes& public_key);

// What our worker's ceremony made, as those programs take it (-V). Empty: a statement that they have no line for.
std::string CredentialFile(const std::string& rp_id, ByteView client_data_hash,
                           const fido::MadeCredential& made);
std::string AssertionFile(const std::string& rp_id, ByteView client_data_hash,
                          const fido::Assertion& assertion);

// The public key (as CredentialFacts has it) for fido2-assert -V: PEM of its SubjectPublicKeyInfo. ES256 and EdDSA only:
// kInvalidArgument/"bad_public_key".
Result<std::string> PublicKeyPem(fido::Algorithm algorithm, const Bytes& public_key);

}  // namespace fob::testing
