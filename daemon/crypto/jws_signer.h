#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/ports/crypto.h"
#include "daemon/crypto/signing_key.h"

namespace fob::crypto {

// Access tokens as compact JWS (RFC 7515, RFC 9068). For one thread: signing reuses its contexts.
class JwsSigner final : public core::TokenSigner {
 public:
  static constexpr size_t kMaxToken = 8 * 1024;  // bytes

  Result<core::SigningKeyRecord> GenerateKey(core::SigningAlgorithm algorithm,
                                             int64_t now) override;
  Status Load(const std::vector<core::SigningKeyRecord>& keys)
      override;  // kCorrupt; then the old keys stay
  Result<SecretBytes> Sign(const core::AccessClaims& claims,
                           core::SigningAlgorithm algorithm) override;
  Result<Checked> Check(std::string_view token) const override;
  std::string Jwks() const override { return jwks_; }

 private:
  struct LoadedKey {
    std::string kid;
    core::SigningAlgorithm algorithm;
    int64_t signs_from;
    std::unique_ptr<SigningKey> key;
    std::string encoded_header;  // base64url, the dot after it included
  };

  const LoadedKey* KeyAt(core::SigningAlgorithm algorithm, int64_t time) const;

  std::vector<LoadedKey> keys_;  // oldest first
  std::string jwks_ = R"({"keys":[]})";
  std::string payload_;  // kept for its capacity
};

}  // namespace fob::crypto
