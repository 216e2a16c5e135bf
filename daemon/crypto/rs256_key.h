#pragma once

#include <stop_token>

#include "base/secret.h"
#include "daemon/crypto/ossl.h"
#include "daemon/crypto/signing_key.h"

namespace fob::crypto {

// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 clause 3.3), for web apps that know nothing else.
class Rs256Key final : public SigningKey {
 public:
  static constexpr unsigned kBits = 3072;  // of the keys that Generate makes
  static constexpr int kMinBits = 2048;    // of the keys that Open takes
  static constexpr int kMaxBits = 4096;

  // PKCS #8, DER. Takes up to seconds; kCancelled: `stop` was asked meanwhile.
  static Result<SecretBytes> Generate(const std::stop_token& stop = {});
  // The public exponent is 65537. kCorrupt.
  static Result<std::unique_ptr<SigningKey>> Open(const SecretBytes& private_key);

  std::string_view Alg() const override { return "RS256"; }
  size_t SignatureSize() const override { return size_; }
  std::string PublicMembers() const override { return public_members_; }
  Status Sign(ByteView input, std::span<uint8_t> signature) override;
  bool Verify(ByteView input, ByteView signature) const override;

 private:
  Rs256Key() = default;

  Pkey key_;
  size_t size_ = 0;  // of the modulus, in bytes
  std::string public_members_;
};

}  // namespace fob::crypto
