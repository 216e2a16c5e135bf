#pragma once

#include "base/secret.h"
#include "daemon/crypto/ossl.h"
#include "daemon/crypto/signing_key.h"

namespace fob::crypto {

// EdDSA on Ed25519 (RFC 8037 clause 3.1). Of the algorithm's two curves this is the only one.
class EdDsaKey final : public SigningKey {
 public:
  static constexpr size_t kSignatureSize = 64;

  static Result<SecretBytes> Generate();                                            // PKCS #8, DER
  static Result<std::unique_ptr<SigningKey>> Open(const SecretBytes& private_key);  // kCorrupt

  std::string_view Alg() const override { return "EdDSA"; }
  size_t SignatureSize() const override { return kSignatureSize; }
  std::string PublicMembers() const override { return public_members_; }
  Status Sign(ByteView input, std::span<uint8_t> signature) override;
  bool Verify(ByteView input, ByteView signature) const override;

 private:
  EdDsaKey() = default;

  Pkey key_;
  // Set up once, and copied for each signature: setting up takes a tenth of signing.
  DigestContext keyed_, signer_;
  std::string public_members_;
};

}  // namespace fob::crypto
