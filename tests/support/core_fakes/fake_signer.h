#pragma once

#include <map>
#include <string>

#include "daemon/core/ports/crypto.h"

namespace fob::testing {

// Tokens are tickets into a list of claims.
class FakeSigner final : public core::TokenSigner {
 public:
  std::map<std::string, core::AccessClaims, std::less<>> issued;

  Result<core::SigningKeyRecord> GenerateKey(core::SigningAlgorithm, int64_t) override { return core::SigningKeyRecord(); }
  Status Load(const std::vector<core::SigningKeyRecord>&) override { return Ok(); }
  Result<SecretBytes> Sign(const core::AccessClaims& claims, core::SigningAlgorithm) override {
    const std::string token = "token-" + std::to_string(issued.size());
    issued[token] = claims;
    return SecretBytes(token);
  }
  Result<Checked> Check(std::string_view token) const override {
    const auto found = issued.find(token);
    if (found == issued.end())
      return MakeError(Code::kDenied, "bad_signature", "its signature is not good");
    return Checked{found->second, "{\"jti\":\"" + found->second.token_id + "\"}"};
  }
  std::string Jwks() const override { return "{\"keys\":[]}"; }
};

}  // namespace fob::testing
