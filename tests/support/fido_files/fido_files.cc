#include "tests/support/fido_files/fido_files.h"

#include <openssl/evp.h>

#include <sstream>

#include "devices/fido/attestation_statement.h"
#include "devices/fido/auth_data.h"
#include "devices/fido/cbor.h"
#include "tests/support/virtual_key/cbor_value.h"
#include "tests/support/virtual_key/options.h"

namespace fob::testing {
namespace {

Error BadFile(const std::string& what) {
  return MakeError(Code::kInvalidArgument, "bad_file", what);
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

std::string Base64(ByteView bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

Result<Bytes> FromBase64(const std::string& text) {
  Bytes out(text.size() / 4 * 3);
  const int length = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0 || text.size() % 4 != 0 || text.empty()) return BadFile("a line is no base64");
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<size_t>(length) - padding);
  return out;
}

Result<Bytes> AuthDataFrom(const std::string& line) {
  FOB_TRY(const Bytes wrapped, FromBase64(line));
  const auto raw = fido::UnwrapByteString(wrapped);
  if (!raw) return BadFile("authenticator data that is no byte string");
  return Bytes(raw->begin(), raw->end());
}

std::string Wrapped(const Bytes& auth_data) { return Base64(CborValue(auth_data).Encode()); }

}  // namespace

std::string CredentialFile(const std::string& rp_id, ByteView client_data_hash,
                           const fido::MadeCredential& made) {
  const auto statement = fido::ParseAttestationStatement(made.attestation_statement);
  if (!statement || !statement->signature || statement->certificates.size() > 1) return "";
  std::string out = Base64(client_data_hash) + "\n" + rp_id + "\n" + made.format + "\n" +
                    Wrapped(made.auth_data) + "\n" + Base64(made.credential_id) + "\n" +
                    Base64(*statement->signature) + "\n";
  for (const Bytes& certificate : statement->certificates) out += Base64(certificate) + "\n";
  return out;
}

std::string AssertionFile(const std::string& rp_id, ByteView client_data_hash,
                          const fido::Assertion& assertion) {
  return Base64(client_data_hash) + "\n" + rp_id + "\n" + Wrapped(assertion.auth_data) + "\n" +
         Base64(assertion.signature) + "\n";
}

Result<fido::CredentialFacts> VerifyCredentialFile(const std::string& text) {
  const std::vector<std::string> lines = Lines(text);
  if (lines.size() < 6) return BadFile("fewer lines than fido2-cred -M prints");
  fido::CredentialCheck check;
  FOB_TRY(check.client_data_hash, FromBase64(lines[0]));
  check.rp_id = lines[1];
  check.format = lines[2];
  FOB_TRY(check.auth_data, AuthDataFrom(lines[3]));
  FOB_TRY(const Bytes signature, FromBase64(lines[5]));
  FOB_TRY(const fido::AuthData parsed, fido::ParseAuthData(check.auth_data));
  if (!parsed.attested) return BadFile("no credential in the authenticator data");
  CborValue::Map statement{{"sig", signature}};
  if (check.format == "packed") {
    const bool batch = lines.size() > 6 && !lines[6].empty();
    // A certificate of a key's maker signs with ES256.
    statement.push_back({"alg", batch ? int64_t{kEs256} : parsed.attested->cose_algorithm});
  }
  if (lines.size() > 6 && !lines[6].empty()) {
    FOB_TRY(const Bytes certificate, FromBase64(lines[6]));
    statement.push_back({"x5c", CborValue::Array{certificate}});
  }
  check.attestation_statement = CborValue(std::move(statement)).Encode();
  FOB_TRY(fido::CredentialFacts facts, fido::VerifyCredential(check));
  FOB_TRY(const Bytes id, FromBase64(lines[4]));
  if (id != facts.credential_id) return BadFile("another credential id than the signed one");
  return facts;
}

Result<fido::AssertionFacts> VerifyAssertionFile(const std::string& text, fido::Algorithm algorithm,
                                                 const Bytes& public_key) {
  const std::vector<std::string> lines = Lines(text);
  if (lines.size() < 4) return BadFile("fewer lines than fido2-assert -G prints");
  fido::AssertionCheck check;
  FOB_TRY(check.client_data_hash, FromBase64(lines[0]));
  check.rp_id = lines[1];
  FOB_TRY(check.auth_data, AuthDataFrom(lines[2]));
  FOB_TRY(check.signature, FromBase64(lines[3]));
  check.algorithm = algorithm;
  check.public_key = public_key;
  // The file does not name the credential: the public key stands for it.
  check.credential_id = check.answered_credential_id = {1};
  return fido::VerifyAssertion(check);
}

Result<std::string> PublicKeyPem(fido::Algorithm algorithm, const Bytes& public_key) {
  // RFC 5480 (id-ecPublicKey, prime256v1) and RFC 8410 (id-Ed25519), up to the key itself.
  static const Bytes kP256 = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                              0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                              0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
  static const Bytes kEd25519 = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
  const bool p256 = algorithm == fido::Algorithm::kEs256 && public_key.size() == 64;
  const bool ed25519 = algorithm == fido::Algorithm::kEdDsa && public_key.size() == 32;
  if (!p256 && !ed25519) return MakeError(Code::kInvalidArgument, "bad_public_key", "no such key");
  const std::string base64 = Base64(Concat(p256 ? kP256 : kEd25519, public_key));
  std::string out = "-----BEGIN PUBLIC KEY-----\n";
  for (size_t at = 0; at < base64.size(); at += 64) out += base64.substr(at, 64) + "\n";
  return out + "-----END PUBLIC KEY-----\n";
}

}  // namespace fob::testing
