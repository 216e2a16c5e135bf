#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "daemon/core/records.h"

namespace fob::crypto {

// A private key that signs with one algorithm and no other (RFC 8725 clause 3.1). A further
// algorithm is a further class, and its line in OpenSigningKey and GenerateSigningKey. For one
// thread at a time.
class SigningKey {
 public:
  virtual ~SigningKey() = default;
  virtual std::string_view Alg() const = 0;  // RFC 7518: "ES256"
  virtual size_t SignatureSize() const = 0;  // of every signature, in bytes
  virtual std::string PublicMembers()
      const = 0;  // of its JWK: "\"crv\":...", as in its thumbprint (RFC 7638)
  // `signature` has SignatureSize() bytes.
  virtual Status Sign(ByteView input, std::span<uint8_t> signature) = 0;
  virtual bool Verify(ByteView input, ByteView signature) const = 0;
};

Result<std::unique_ptr<SigningKey>> OpenSigningKey(
    const core::SigningKeyRecord& record);  // kCorrupt
// An RSA key takes up to seconds to find. kCancelled: `stop` was asked meanwhile.
Result<core::SigningKeyRecord> GenerateSigningKey(core::SigningAlgorithm algorithm, int64_t now,
                                                  const std::stop_token& stop = {});

// RFC 7638: base64url of SHA-256 over the required members in lexicographic order, which are those
// that SigningKey::PublicMembers gives.
std::string Thumbprint(std::string_view public_members);

}  // namespace fob::crypto
