#include "daemon/crypto/web_crypto.h"

#include <openssl/hmac.h>

#include <cstdlib>

#include "daemon/crypto/claims_json.h"
#include "daemon/crypto/jwk.h"
#include "daemon/crypto/jws_parts.h"
#include "daemon/crypto/strict_json.h"

namespace fob::crypto {

namespace json = boost::json;

namespace {

Error BadAssertion(std::string_view why) {
  return Denied("invalid_client", "client_assertion: " + std::string(why));
}

// RFC 7519: `aud` is one text or a list of them; times are numbers, of which a fraction means nothing here.
bool ReadAudiences(const json::object& payload, std::vector<std::string>& out) {
  const json::value* aud = payload.if_contains("aud");
  if (aud == nullptr) return false;
  const auto take = [&](const json::value& one) {
    if (!one.is_string()) return false;
    out.emplace_back(one.get_string().data(), one.get_string().size());
    return true;
  };
  if (!aud->is_array()) return take(*aud);
  for (const json::value& one : aud->get_array()) {
    if (!take(one)) return false;
  }
  return true;
}

bool ReadTime(const json::object& payload, std::string_view name, bool required, int64_t& out) {
  const json::value* value = payload.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr) return !required;
  if (value->is_int64()) {
    out = value->get_int64();
    return out >= 0;
  }
  if (!value->is_double() || value->get_double() < 0 || value->get_double() > 1e15) return false;
  out = static_cast<int64_t>(value->get_double());
  return true;
}

bool ReadText(const json::object& payload, std::string_view name, std::string& out) {
  const json::value* value = payload.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_string() || value->get_string().empty()) return false;
  out.assign(value->get_string().data(), value->get_string().size());
  return true;
}

// How one claim is asked for (OpenID Connect Core clause 5.5.1). False: not so.
bool ReadWantedClaim(const json::object& claims, std::string_view name, bool& essential, std::vector<std::string>& values) {
  const json::value* claim = claims.if_contains(json::string_view(name.data(), name.size()));
  if (claim == nullptr || claim->is_null()) return true;
  if (!claim->is_object()) return false;
  const json::object& wanted = claim->get_object();
  if (const json::value* flag = wanted.if_contains("essential")) {
    if (!flag->is_bool()) return false;
    essential = flag->get_bool();
  }
  if (wanted.contains("value") && !ReadText(wanted, "value", values.emplace_back())) return false;
  const json::value* list = wanted.if_contains("values");
  if (list == nullptr) return true;
  if (!list->is_array()) return false;
  for (const json::value& one : list->get_array()) {
    if (!one.is_string()) return false;
    values.emplace_back(one.get_string().data(), one.get_string().size());
  }
  return true;
}

Error BadClaims() {
  return MakeError(Code::kInvalidArgument, "invalid_request", "the parameter claims is not what OpenID Connect Core clause 5.5 says");
}

}  // namespace

Status WebCrypto::CheckJwks(std::string_view jwks) const {
  FOB_CHECK(PublicKey::ParseSet(jwks));
  return Ok();
}

Result<std::string> WebCrypto::AssertionSubject(std::string_view jwt) const {
  const auto parts = SplitJws(jwt);
  if (!parts.ok()) return BadAssertion("it is no signed JWT");
  const auto payload = ParseStrictObject(AsText(parts->payload));
  std::string subject;
  if (!payload.ok() || !ReadText(*payload, "sub", subject)) return BadAssertion("it has no sub");
  return subject;
}

Result<core::AssertionClaims> WebCrypto::CheckAssertion(std::string_view jwt, std::string_view jwks) const {
  const auto parts = SplitJws(jwt);
  if (!parts.ok()) return BadAssertion("it is no signed JWT");
  FOB_TRY(const auto keys, PublicKey::ParseSet(jwks));
  const JwsHeader& header = parts->header;
  bool good = false;
  for (const PublicKey& key : keys) {
    if (!header.kid.empty() && !key.kid().empty() && header.kid != key.kid()) continue;
    if (header.alg != key.alg()) continue;  // one key, one alg
    good = good || key.Verify(AsBytes(parts->input), parts->signature);
  }
  if (!good) return BadAssertion("no key of the client's has signed it");
  const auto payload = ParseStrictObject(AsText(parts->payload));
  core::AssertionClaims claims;
  if (!payload.ok() || !ReadText(*payload, "iss", claims.issuer) || !ReadText(*payload, "sub", claims.subject) ||
      !ReadText(*payload, "jti", claims.token_id) || !ReadAudiences(*payload, claims.audiences) ||
      !ReadTime(*payload, "exp", true, claims.expires_at) || !ReadTime(*payload, "nbf", false, claims.not_before) ||
      !ReadTime(*payload, "iat", false, claims.issued_at)) {
    return BadAssertion("it needs iss, sub, aud, exp and jti");
  }
  return claims;
}

Result<core::RequestedClaims> WebCrypto::ReadClaimsParameter(std::string_view text) const {
  const auto claims = ParseStrictObject(text);
  if (!claims.ok()) return BadClaims();
  core::RequestedClaims out;
  const json::value* id_token = claims->if_contains("id_token");
  if (id_token == nullptr || id_token->is_null()) return out;
  if (!id_token->is_object()) return BadClaims();
  const json::object& wanted = id_token->get_object();
  bool sub_is_essential = false;  // it is always there
  if (!ReadWantedClaim(wanted, "acr", out.acr.essential, out.acr.values) ||
      !ReadWantedClaim(wanted, "sub", sub_is_essential, out.subjects)) {
    return BadClaims();
  }
  return out;
}

std::string WebCrypto::UserInfoJson(const core::UserClaims& claims) const { return WriteUserInfo(claims); }

Bytes WebCrypto::HmacSha256(ByteView key, ByteView text) const {
  Bytes out(32);
  unsigned size = 0;
  // As with a hash: nothing but exhausted memory can take it away, and there is no safe way on.
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text.data(), text.size(), out.data(), &size) == nullptr ||
      size != out.size()) {
    std::abort();
  }
  return out;
}

}  // namespace fob::crypto
