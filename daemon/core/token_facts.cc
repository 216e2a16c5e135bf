#include "daemon/core/token_facts.h"

#include "daemon/core/token_mint.h"

namespace fob::core {
namespace {

ShownToken ReadJwt(const Context& context, const SecretBytes& token) {
  ShownToken out;
  auto checked = context.signer.Check(token.RevealText());
  if (!checked.ok()) {
    out.why = checked.error().text;
    return out;
  }
  if (checked->claims.issuer != context.settings.issuer) {
    out.why = "it was issued by another authority";
    return out;
  }
  out.form = ShownToken::Form::kJwt;
  out.claims = std::move(checked->claims);
  out.json = std::move(checked->json);
  const TokenId id = ParseTokenId(out.claims.token_id);
  out.grant = id.grant;
  // By the wall clock, as everybody reads it, and by ours, which was not set back since.
  const bool expired = out.claims.expires_at <= context.clock.UnixSeconds() ||
                       (id.expires_at.has_value() && *id.expires_at <= context.forward.Now());
  if (expired) out.why = "it has expired";
  return out;
}

// Its grant says all of it but the times.
Result<TokenFacts> JudgeReference(Store& store, const ShownToken& token, const Moment& moment) {
  TokenFacts facts;
  FOB_TRY(facts.of, store.CheckGrant(token.grant, token.reference.token_id, moment));
  facts.scope = facts.of.grant.scope;
  facts.issued_at = token.reference.issued_at;
  facts.expires_at = ParseTokenId(token.reference.token_id).expires_at.value_or(0);
  const bool over = facts.expires_at <= moment.now;
  facts.live = facts.of.live && !over;
  facts.why = facts.of.live && over ? "it has expired" : facts.of.why;
  return facts;
}

std::optional<std::string> IfAny(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

ShownToken ReadToken(const Context& context, const SecretBytes& token) {
  ShownToken out;
  const std::string_view text = token.RevealText();
  if (text.starts_with(kRefreshPrefix)) {
    if (auto refresh = ParseRefreshToken(context, token); refresh.ok()) {
      out.form = ShownToken::Form::kRefresh;
      out.refresh = refresh->hashes;
      return out;
    }
  } else if (text.starts_with(kAccessPrefix)) {
    if (auto reference = context.signer.Open(text.substr(kAccessPrefix.size()))) {
      out.form = ShownToken::Form::kSealed;
      out.reference = *std::move(reference);
      out.grant = ParseTokenId(out.reference.token_id).grant;
      return out;
    }
    out.form = ShownToken::Form::kOpaque;
    out.hash = context.HashText(token);
    return out;
  }
  return ReadJwt(context, token);
}

Result<TokenFacts> JudgeToken(Store& store, const ShownToken& token, const Moment& moment) {
  switch (token.form) {
    case ShownToken::Form::kOpaque:
      return store.FindAccessToken(token.hash, moment);
    case ShownToken::Form::kRefresh:
      return store.FindRefreshToken(token.refresh, moment);
    case ShownToken::Form::kSealed:
      return JudgeReference(store, token, moment);
    case ShownToken::Form::kNone:
      return MakeError(Code::kNotFound, "no_token", token.why);
    case ShownToken::Form::kJwt:
      break;
  }
  TokenFacts facts;
  FOB_TRY(facts.of, store.CheckGrant(token.grant, token.claims.token_id, moment));
  facts.scope = token.claims.scope;
  facts.groups = token.claims.groups;
  facts.live = facts.of.live && token.why.empty();
  facts.why = facts.of.live ? token.why : facts.of.why;
  return facts;
}

proto::TokenInfo DescribeToken(const Context& context, const ShownToken& shown, const TokenFacts& facts) {
  const GrantFacts& of = facts.of;
  proto::TokenInfo info;
  info.iss = context.settings.issuer;
  info.sub = of.sub.empty() ? of.grant.client : of.sub;
  info.aud = of.grant.audience;
  info.client_id = of.grant.client;
  info.token_type = facts.kind == TokenFacts::Kind::kRefresh ? "refresh_token" : "Bearer";
  info.scope = facts.scope;
  if (shown.form == ShownToken::Form::kJwt) {
    info.exp = shown.claims.expires_at;
    info.iat = shown.claims.issued_at;
    info.jti = shown.claims.token_id;
  } else {
    info.exp = context.forward.ToWall(facts.expires_at);
    if (facts.kind == TokenFacts::Kind::kAccess) info.iat = context.forward.ToWall(facts.issued_at);
  }
  info.username = IfAny(of.user);
  if (of.auth_time != 0) info.auth_time = of.auth_time;
  info.acr = IfAny(of.acr);
  if (!of.amr.empty()) info.amr = of.amr;
  info.sid = IfAny(of.grant.login);
  if (!facts.groups.empty()) info.groups = facts.groups;
  return info;
}

proto::Grant Present(const Context& context, const GrantFacts& facts) {
  proto::Grant out;
  out.grant = facts.grant.id;
  out.client_id = facts.grant.client;
  out.client = facts.client_name;
  out.user = IfAny(facts.user);
  out.login = IfAny(facts.grant.login);
  out.audience = facts.grant.audience;
  out.scope = facts.grant.scope;
  out.created_at = context.forward.ToWall(facts.grant.created_at);
  out.expires_at = context.forward.ToWall(facts.grant.expires_at);
  out.live = facts.live;
  out.why = IfAny(facts.why);
  return out;
}

}  // namespace fob::core
