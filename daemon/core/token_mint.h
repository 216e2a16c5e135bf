#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/context.h"

namespace fob::core {

// A refresh token as its client holds it: "rt_" and base64url of the family's 32 bytes and 32 of its
// own. kDenied/"invalid_grant": it is none.
struct RefreshToken {
  SecretBytes family;
  NewTokens::Refresh hashes;
};
Result<RefreshToken> ParseRefreshToken(const Context& context, const SecretBytes& token);

inline constexpr std::string_view kRefreshPrefix = "rt_";
inline constexpr std::string_view kAccessPrefix = "at_";

// The id of a JWT (its jti) or reference: its grant, a random part, and when it expires by the time that never runs back.
struct TokenId {
  std::string grant;
  std::optional<int64_t> expires_at;
};
TokenId ParseTokenId(std::string_view jti);

// Tokens that are made and not yet given: their hashes go into the store first.
struct Minted {
  SecretBytes access_token;
  std::optional<SecretBytes> refresh_token;
  std::optional<SecretBytes> id_token;
  NewTokens tokens;
  int64_t expires_in = 0;
};

// Makes the tokens of a grant, in the client's kind: what they say comes from the grant alone.
class TokenMint {
 public:
  explicit TokenMint(const Context& context) : context_(context) {}

  struct Order {
    const ClientRecord& client;
    const GrantFacts& of;
    std::string scope;
    std::vector<std::string> groups;
    bool refresh = false;          // with a refresh token
    const SecretBytes* family = nullptr;  // of the refresh token; without it a new one
    bool id = false;                      // with an ID token, where the scope has openid
    std::string nonce = {};               // of that
  };
  Result<Minted> Make(const Order& order);

 private:
  // The jti of a JWT, and as much of a sealed reference.
  std::string NewTokenId(const std::string& grant, int64_t expires_at) const;
  Result<SecretBytes> SealReference(const Order& order, int64_t now, int64_t expires_at);
  Result<SecretBytes> SignJwt(const Order& order, int64_t lifetime, int64_t expires_at);
  Status AddId(const Order& order, Minted& out);
  void AddRefresh(const Order& order, Minted& out);

  const Context& context_;
};

// The reply that gives them.
template <typename Out>
Out Give(Minted minted, const std::string& grant) {
  Out out;
  out.access_token = std::move(minted.access_token);
  out.token_type = "Bearer";
  out.expires_in = minted.expires_in;
  out.scope = minted.tokens.scope;
  out.grant = grant;
  if constexpr (requires { out.refresh_token; }) out.refresh_token = std::move(minted.refresh_token);
  if constexpr (requires { out.id_token; }) out.id_token = std::move(minted.id_token);
  return out;
}

inline constexpr std::string_view kOpenIdScope = "openid";
inline constexpr std::string_view kProfileScope = "profile";
inline constexpr std::string_view kGroupsScope = "groups";

// What an order's grant allows at most: when its tokens end.
int64_t GrantEnd(const ClientRecord& client, bool refresh, int64_t now);
// Whether tokens for the audience may be refreshed: not where each ticket takes a touch.
bool MayRefresh(const ClientRecord& client, std::string_view audience);

}  // namespace fob::core
