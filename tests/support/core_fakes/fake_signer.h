#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/core/ports/crypto.h"

namespace fob::testing {

// Tokens are tickets into a list of claims.
class FakeSigner final : public core::TokenSigner {
 public:
  std::map<std::string, core::AccessClaims, std::less<>> issued;

  std::vector<std::string> loaded;  // kids
  core::SigningAlgorithm last_algorithm = core::SigningAlgorithm::kEs256;

  Result<core::SigningKeyRecord> GenerateKey(core::SigningAlgorithm algorithm, int64_t now) override {
    core::SigningKeyRecord key;
    key.kid = "kid-" + std::to_string(++generated_);
    key.algorithm = algorithm;
    key.private_key = SecretBytes("private");
    key.created_at = now;
    return key;
  }
  Status Load(const std::vector<core::SigningKeyRecord>& keys) override {
    loaded.clear();
    for (const core::SigningKeyRecord& key : keys) loaded.push_back(key.kid);
    return Ok();
  }
  Result<SecretBytes> Sign(const core::AccessClaims& claims, core::SigningAlgorithm algorithm) override {
    last_algorithm = algorithm;
    const std::string token = "token." + std::to_string(issued.size());
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

 private:
  int generated_ = 0;
};

}  // namespace fob::testing
