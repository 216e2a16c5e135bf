#pragma once

#include "daemon/core/ports/web_crypto.h"

namespace fob::crypto {

// Keys and JSON that are not ours: assertions of clients, the parameter `claims`, userinfo.
class WebCrypto final : public core::WebCrypto {
 public:
  Status CheckJwks(std::string_view jwks) const override;
  Result<std::string> AssertionSubject(std::string_view jwt) const override;
  Result<core::AssertionClaims> CheckAssertion(std::string_view jwt, std::string_view jwks) const override;
  Result<core::RequestedClaims> ReadClaimsParameter(std::string_view json) const override;
  std::string UserInfoJson(const core::UserClaims& claims) const override;
  Bytes HmacSha256(ByteView key, ByteView text) const override;
};

}  // namespace fob::crypto
