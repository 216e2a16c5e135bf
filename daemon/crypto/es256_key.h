#pragma once

#include "base/secret.h"
#include "daemon/crypto/ossl.h"
#include "daemon/crypto/signing_key.h"

namespace fob::crypto {

// ECDSA on P-256 with SHA-256 (RFC 7518 clause 3.4): a signature is r || s, 32 bytes each.
class Es256Key final : public SigningKey {
 public:
  static constexpr size_t kSignatureSize = 64;

  static Result<SecretBytes> Generate();                                            // PKCS #8, DER
  static Result<std::unique_ptr<SigningKey>> Open(const SecretBytes& private_key);  // kCorrupt

  std::string_view Alg() const override { return "ES256"; }
  size_t SignatureSize() const override { return kSignatureSize; }
  std::string PublicMembers() const override { return public_members_; }
  Status Sign(ByteView input, std::span<uint8_t> signature) override;
  bool Verify(ByteView input, ByteView signature) const override;

 private:
  Es256Key() = default;

  Pkey key_;
  Digest sha256_;
  // Set up once: each of them costs as much as a good part of a signature.
  DigestContext digest_;
  PkeyContext signer_;
  std::string public_members_;
};

// Ecdsa-Sig-Value (RFC 3279 clause 2.2.3) to r || s. Exact: SEQUENCE of two positive INTEGERs of at
// most 32 bytes in minimal DER, and nothing after them. False: it is something else.
bool EcdsaDerToRaw(ByteView der, std::span<uint8_t, Es256Key::kSignatureSize> raw);

// By any key of P-256: 64 bytes, neither half zero.
bool VerifyEs256(EVP_PKEY* key, ByteView input, ByteView signature);

}  // namespace fob::crypto
