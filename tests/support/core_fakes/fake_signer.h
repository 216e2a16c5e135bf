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

  std::map<std::string, core::IdClaims, std::less<>> ids;
  std::map<std::string, std::string> hashed;  // the access token that an ID token names

  std::map<std::string, core::TokenReference, std::less<>> sealed;

  std::vector<std::string> loaded;  // kids
  core::SigningAlgorithm last_algorithm = core::SigningAlgorithm::kEs256;
  core::SigningAlgorithm last_id_algorithm = core::SigningAlgorithm::kEs256;

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
  Result<SecretBytes> SignId(const core::IdClaims& claims, std::string_view access_token,
                             core::SigningAlgorithm algorithm) override {
    last_id_algorithm = algorithm;
    const std::string token = "id." + std::to_string(ids.size());
    ids[token] = claims;
    hashed[token] = access_token;
    return SecretBytes(token);
  }
  Result<core::IdClaims> CheckId(std::string_view token) const override {
    const auto found = ids.find(token);
    if (found == ids.end())
      return MakeError(Code::kDenied, "bad_signature", "its signature is not good");
    return found->second;
  }
  Result<Checked> Check(std::string_view token) const override {
    const auto found = issued.find(token);
    if (found == issued.end())
      return MakeError(Code::kDenied, "bad_signature", "its signature is not good");
    return Checked{found->second, "{\"jti\":\"" + found->second.token_id + "\"}"};
  }
  Result<SecretBytes> Seal(const core::TokenReference& reference, int64_t) override {
    const std::string token = "sealed-" + std::to_string(sealed.size());
    sealed[token] = reference;
    return SecretBytes(token);
  }
  std::optional<core::TokenReference> Open(std::string_view token) const override {
    const auto found = sealed.find(token);
    return found == sealed.end() ? std::nullopt : std::optional(found->second);
  }
  std::string Jwks() const override { return "{\"keys\":[]}"; }
};

}  // namespace fob::testing
