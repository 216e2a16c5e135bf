#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/attestation/certificates.h"
#include "tests/support/virtual_key/cbor_value.h"

namespace fob::testing {

// Flags of authenticator data (WebAuthn clause 6.1).
inline constexpr uint8_t kFlagUp = 0x01, kFlagUv = 0x04, kFlagBe = 0x08, kFlagBs = 0x10,
                         kFlagAt = 0x40;

// ES256, or RS256 for an RSA key, over SHA-256.
Bytes SignWith(EVP_PKEY* key, ByteView message);

// A credential that was just made, in parts that a test may spoil before they are signed.
struct CredentialParts {
  std::string rp_id = "login.example.org";
  Bytes client_data_hash = Bytes(32, 7);
  Bytes credential_id = Bytes(16, 5);
  Bytes aaguid = Bytes(16, 0x11);
  uint8_t flags = kFlagUp;
  uint32_t counter = 1;
  PkeyPtr key = NewP256Key();

  bool rsa() const { return EVP_PKEY_is_a(key.get(), "RSA") == 1; }
  Bytes PublicKey() const;  // x || y, or n || e
  Bytes AuthData() const;
  Bytes AssertionData(uint8_t other_flags) const;  // of an assertion, with the counter
  Bytes SignedBytes() const { return Concat(AuthData(), client_data_hash); }
  Bytes U2fBytes() const;  // clause 8.6
};

Bytes PackedStatement(ByteView signature, std::vector<Bytes> x5c, int64_t algorithm = -7);
Bytes U2fStatement(ByteView signature, std::vector<Bytes> x5c);

// What a TPM says of a key of its own (clause 8.3); as it stands, of `parts.key`.
struct TpmParts {
  explicit TpmParts(const CredentialParts& parts);

  // TPMT_PUBLIC
  uint16_t name_algorithm = 0x000b;
  uint32_t attributes = 0x00060472;
  uint16_t symmetric = 0x0010;
  Bytes parameters;  // after symmetric
  Bytes unique;
  // TPMS_ATTEST
  uint32_t magic = 0xff544347;
  uint16_t type = 0x8017;
  Bytes extra_data;
  std::optional<Bytes> name;  // none: that of the public area
  // The statement
  std::string version = "2.0";
  int64_t algorithm = -7;
  Bytes tail;  // after certInfo

  Bytes PubArea() const;
  Bytes CertInfo() const;
  Bytes Statement(EVP_PKEY* aik, std::vector<Bytes> x5c) const;

 private:
  bool rsa_;
};

}  // namespace fob::testing
