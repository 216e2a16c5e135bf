#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/ports/crypto.h"
#include "daemon/crypto/jws_parts.h"
#include "daemon/crypto/reference_sealer.h"
#include "daemon/crypto/signing_key.h"

namespace fob::crypto {

// Access tokens and ID tokens as compact JWS (RFC 7515, RFC 9068). For one thread: signing reuses its contexts.
class JwsSigner final : public core::TokenSigner {
 public:
  static constexpr size_t kMaxToken = kMaxJws;

  Status Load(const std::vector<core::SigningKeyRecord>& keys)
      override;  // kCorrupt; then the old keys stay
  Result<SecretBytes> SignId(const core::IdClaims& claims, std::string_view access_token,
                             core::SigningAlgorithm algorithm) override;
  Result<core::IdClaims> CheckId(std::string_view token) const override;
  Result<SecretBytes> Sign(const core::AccessClaims& claims,
                           core::SigningAlgorithm algorithm) override;
  Result<Checked> Check(std::string_view token) const override;
  Result<SecretBytes> Seal(const core::TokenReference& reference, int64_t time) override;
  std::optional<core::TokenReference> Open(std::string_view sealed) const override;
  std::string Jwks() const override { return jwks_; }

 private:
  struct LoadedKey {
    std::string kid;
    core::SigningAlgorithm algorithm;
    int64_t signs_from;
    std::unique_ptr<SigningKey> key;
    std::string encoded_header;  // base64url, the dot after it included
    std::string encoded_id_header;  // of ID tokens
    std::unique_ptr<ReferenceSealer> references;  // of ES256 keys
  };

  LoadedKey* KeyAt(core::SigningAlgorithm algorithm, int64_t time);
  Result<LoadedKey*> SigningAt(core::SigningAlgorithm algorithm, int64_t time);
  // What stands in payload_.
  Result<SecretBytes> SignPayload(const LoadedKey& signing, const std::string& header);
  // Of a token of `type` that one of these keys signed.
  Result<std::string> Payload(std::string_view token, std::string_view type) const;

  std::vector<LoadedKey> keys_;  // oldest first
  std::string jwks_ = R"({"keys":[]})";
  std::string payload_;  // kept for its capacity
};

}  // namespace fob::crypto
