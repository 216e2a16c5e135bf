#include "daemon/core/token_mint.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "daemon/core/client_gate.h"

namespace fob::core {
namespace {

constexpr size_t kHalf = 32;  // bytes: of the family, and of the token itself

}  // namespace

Result<RefreshToken> ParseRefreshToken(const Context& context, const SecretBytes& token) {
  const Error none = MakeError(Code::kDenied, "invalid_grant", "there is no such refresh token");
  std::string_view text = token.RevealText();
  if (!text.starts_with(kRefreshPrefix)) return none;
  text.remove_prefix(kRefreshPrefix.size());
  auto bytes = Base64UrlDecode(text);
  if (!bytes.ok() || bytes->size() != 2 * kHalf) return none;
  RefreshToken out;
  out.family = SecretBytes(ByteView(*bytes).first(kHalf));
  Wipe(*bytes);
  out.hashes = {context.HashText(out.family), context.HashText(token)};
  return out;
}

TokenId ParseTokenId(std::string_view jti) {
  TokenId id;
  const size_t first = std::min(jti.find('.'), jti.size());
  id.grant = jti.substr(0, first);
  const size_t last = jti.rfind('.');
  if (last == std::string_view::npos || last == first) return id;
  int64_t seconds = 0;
  const char* const end = jti.data() + jti.size();
  const auto [stopped, failed] = std::from_chars(jti.data() + last + 1, end, seconds);
  if (failed == std::errc() && stopped == end) id.expires_at = seconds;
  return id;
}

bool MayRefresh(const ClientRecord& client, std::string_view audience) {
  return client.refresh_lifetime > 0 && !Holds(client.fresh, audience);
}

int64_t GrantEnd(const ClientRecord& client, bool refresh, int64_t now) {
  return now + (refresh ? std::max(client.refresh_lifetime, client.token_lifetime) : client.token_lifetime);
}

Result<Minted> TokenMint::Make(const Order& order) {
  const int64_t now = context_.forward.Now();
  const int64_t expires_at = std::min(now + order.client.token_lifetime, order.of.grant.expires_at);
  Minted out;
  out.expires_in = expires_at - now;
  out.tokens.scope = order.scope;
  out.tokens.groups = order.groups;
  out.tokens.issued_at = now;
  out.tokens.expires_at = expires_at;
  if (order.client.token_kind == TokenKind::kJwt) {
    FOB_TRY(out.access_token, SignJwt(order, out.expires_in, expires_at));
  } else if (order.of.grant.login.empty()) {
    FOB_TRY(out.access_token, SealReference(order, now, expires_at));
  } else {
    out.access_token = context_.NewBearer(kAccessPrefix);
    out.tokens.access_hash = context_.HashText(out.access_token);
  }
  if (order.refresh) AddRefresh(order, out);
  if (order.id) FOB_CHECK(AddId(order, out));
  return out;
}

std::string TokenMint::NewTokenId(const std::string& grant, int64_t expires_at) const {
  return grant + "." + Base64UrlEncode(context_.random.Take(12)) + "." + std::to_string(expires_at);
}

// A machine's opaque token says no more than its grant: there may be any number of them, and none takes a row.
Result<SecretBytes> TokenMint::SealReference(const Order& order, int64_t now, int64_t expires_at) {
  FOB_TRY(const SecretBytes sealed, context_.signer.Seal({NewTokenId(order.of.grant.id, expires_at), now},
                                                         context_.clock.UnixSeconds()));
  SecretBytes token(kAccessPrefix.size() + sealed.size());
  std::ranges::copy(sealed.Reveal(), std::ranges::copy(kAccessPrefix, token.RevealMutable().begin()).out);
  return token;
}

Result<SecretBytes> TokenMint::SignJwt(const Order& order, int64_t lifetime, int64_t expires_at) {
  const GrantFacts& of = order.of;
  AccessClaims claims;
  claims.issuer = context_.settings.issuer;
  claims.subject = of.sub;
  claims.audience = of.grant.audience;
  claims.client_id = of.grant.client;
  claims.token_id = NewTokenId(of.grant.id, expires_at);
  claims.session = of.grant.login;
  claims.scope = order.scope;
  claims.acr = of.acr;
  claims.amr = of.amr;
  claims.groups = order.groups;
  claims.auth_time = of.auth_time;
  claims.issued_at = context_.clock.UnixSeconds();
  claims.expires_at = claims.issued_at + lifetime;
  return context_.signer.Sign(claims, order.client.algorithm);
}

// What it says of the login is the login's evidence, however often the grant is refreshed (I39).
Status TokenMint::AddId(const Order& order, Minted& out) {
  const GrantFacts& of = order.of;
  const std::vector<std::string> scope = ScopeWords(order.scope);
  if (of.grant.login.empty() || !Holds(scope, kOpenIdScope)) return Ok();
  IdClaims claims;
  claims.issuer = context_.settings.issuer;
  claims.subject = of.sub;
  claims.audience = order.client.id;
  claims.nonce = order.nonce;
  claims.session = of.grant.login;
  claims.acr = of.acr;
  claims.amr = of.amr;
  if (Holds(scope, kProfileScope)) claims.user = of.user;
  claims.groups = order.groups;
  claims.auth_time = of.auth_time;
  claims.issued_at = context_.clock.UnixSeconds();
  claims.expires_at = claims.issued_at + order.client.token_lifetime;
  FOB_TRY(out.id_token, context_.signer.SignId(claims, out.access_token.RevealText(), order.client.id_token_algorithm));
  return Ok();
}

void TokenMint::AddRefresh(const Order& order, Minted& out) {
  Bytes bytes = context_.random.Take(2 * kHalf);
  if (order.family != nullptr) std::ranges::copy(order.family->Reveal(), bytes.begin());
  const Bytes family_hash = context_.hasher.Sha256(ByteView(bytes).first(kHalf));
  std::string text = std::string(kRefreshPrefix) + Base64UrlEncode(bytes);
  out.refresh_token.emplace(std::string_view(text));
  Wipe(text.data(), text.size());
  Wipe(bytes);
  out.tokens.refresh = NewTokens::Refresh{family_hash, context_.HashText(*out.refresh_token)};
}

}  // namespace fob::core
