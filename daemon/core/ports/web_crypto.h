#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace fob::core {

// What a client says of itself in an assertion (RFC 7523 clause 3), its signature checked.
struct AssertionClaims {
  std::string issuer;
  std::string subject;
  std::string token_id;  // jti
  std::vector<std::string> audiences;
  int64_t expires_at = 0;
  int64_t not_before = 0;  // 0: not said
  int64_t issued_at = 0;   // 0: not said
};

// The class of authentication that the parameter `claims` asks for (OpenID Connect Core clause 5.5.1.1).
struct RequestedAcr {
  bool essential = false;
  std::vector<std::string> values;  // any of them; empty: any at all
};

// What the parameter `claims` asks of the ID token that changes who may get one (clauses 3.1.2.2 and 5.5.1).
struct RequestedClaims {
  RequestedAcr acr;
  std::vector<std::string> subjects;  // `sub`: one of these users, and nobody else; empty: anybody
};

// What userinfo tells; what is empty is left out.
struct UserClaims {
  std::string subject;
  std::string user;
  std::vector<std::string> groups;
  bool profile = false;  // preferred_username is told
};

// What web apps need of keys that are not ours, and of JSON.
class WebCrypto {
 public:
  virtual ~WebCrypto() = default;
  // Public keys only, of P-256, Ed25519 or RSA with 2048 to 4096 bits; at least one. kInvalidArgument/"bad_jwks".
  virtual Status CheckJwks(std::string_view jwks) const = 0;
  // Whose an assertion claims to be; nothing of it is checked. kDenied/"invalid_client".
  virtual Result<std::string> AssertionSubject(std::string_view jwt) const = 0;
  // Its signature by a key of `jwks`, and its form. kDenied/"invalid_client".
  virtual Result<AssertionClaims> CheckAssertion(std::string_view jwt, std::string_view jwks) const = 0;
  // kInvalidArgument/"invalid_request": not what the parameter may be.
  virtual Result<RequestedClaims> ReadClaimsParameter(std::string_view json) const = 0;
  virtual std::string UserInfoJson(const UserClaims& claims) const = 0;
  virtual Bytes HmacSha256(ByteView key, ByteView text) const = 0;
};

}  // namespace fob::core
