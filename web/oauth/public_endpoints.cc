// What needs no client: discovery, keys, and what a token's own bearer may ask.

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "web/oauth/endpoints.h"
#include "web/oauth/json_response.h"
#include "web/oauth/oauth_error.h"
#include "web/oauth/text.h"

namespace fob::web {
namespace {

namespace json = boost::json;

json::array Words(const std::vector<std::string>& words) {
  json::array array;
  for (const std::string& word : words) array.emplace_back(word);
  return array;
}

json::object Describe(const Authority::Metadata& metadata) {
  std::string issuer = metadata.issuer;
  while (issuer.ends_with('/')) issuer.pop_back();
  const auto at = [&](std::string_view path) { return issuer + std::string(path); };
  const json::array secrets = {"client_secret_basic", "client_secret_post", "private_key_jwt"};
  json::array clients = secrets;
  clients.emplace_back("none");
  const json::array assertion_algorithms = {"ES256", "RS256", "EdDSA"};
  return {{"issuer", metadata.issuer},
          {"authorization_endpoint", at("/authorize")},
          {"token_endpoint", at("/token")},
          {"jwks_uri", at("/jwks")},
          {"userinfo_endpoint", at("/userinfo")},
          {"introspection_endpoint", at("/introspect")},
          {"revocation_endpoint", at("/revoke")},
          {"end_session_endpoint", at("/logout")},
          {"scopes_supported", Words(metadata.scopes)},
          {"response_types_supported", {"code"}},
          {"response_modes_supported", {"query", "form_post"}},
          {"grant_types_supported",
           {"authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"}},
          {"subject_types_supported", {"public"}},
          {"id_token_signing_alg_values_supported", Words(metadata.algorithms)},
          {"acr_values_supported", Words(metadata.acr_values)},
          {"code_challenge_methods_supported", {"S256"}},
          {"token_endpoint_auth_methods_supported", clients},
          {"token_endpoint_auth_signing_alg_values_supported", assertion_algorithms},
          {"introspection_endpoint_auth_methods_supported", secrets},
          {"introspection_endpoint_auth_signing_alg_values_supported", assertion_algorithms},
          {"revocation_endpoint_auth_methods_supported", clients},
          {"revocation_endpoint_auth_signing_alg_values_supported", assertion_algorithms},
          {"authorization_response_iss_parameter_supported", true},
          {"claims_parameter_supported", true},
          {"request_parameter_supported", false},
          {"request_uri_parameter_supported", false},
          {"prompt_values_supported", {"none", "login", "consent", "select_account"}},
          {"claims_supported", {"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid", "at_hash",
                                "preferred_username", "name", "groups"}}};
}

// RFC 6750 clause 2.1; a token in a query would stand in logs and is not taken.
SecretBytes BearerOf(const Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view value = request.Field("authorization").value_or("");
  if (value.size() <= kScheme.size()) return {};
  const bool bearer = std::equal(kScheme.begin(), kScheme.end(), value.begin(), [](char known, char given) {
    return known == (given >= 'A' && given <= 'Z' ? given - 'A' + 'a' : given);
  });
  const std::string_view token = value.substr(kScheme.size());
  if (!bearer || !IsUtf8(token)) return {};
  return SecretBytes(token);
}

}  // namespace

void OAuthEndpoints::Discovery(Request, Reply reply) {
  authority_.Ask([reply = std::move(reply)](Result<const Authority::Metadata*> metadata) {
    if (!metadata.ok()) return reply(OAuthErrorResponse(OAuthErrorOf(metadata.error())));
    Response response = TextResponse(200, "application/json", json::serialize(Describe(**metadata)));
    response.Add("Cache-Control", "public, max-age=60");
    reply(std::move(response));
  });
}

void OAuthEndpoints::Jwks(Request, Reply reply) {
  authority_.AskKeys([reply = std::move(reply)](Result<std::shared_ptr<const std::string>> keys) {
    if (!keys.ok()) return reply(OAuthErrorResponse(OAuthErrorOf(keys.error())));
    Response response = TextResponse(200, "application/jwk-set+json", **keys);
    response.Add("Cache-Control", "public, max-age=60");
    reply(std::move(response));
  });
}

void OAuthEndpoints::UserInfo(Request request, Reply reply) {
  SecretBytes token = BearerOf(request);
  if (token.empty()) return reply(BearerErrorResponse({}, "fob"));
  fobd_.Call<proto::token::UserInfo>({std::move(token)}, [reply = std::move(reply)](Result<proto::token::UserInfo::Out> out) {
    if (!out.ok()) {
      OAuthError error = OAuthErrorOf(out.error());
      if (error.error == "invalid_grant") error = {"invalid_token", error.description, 401};
      return reply(error.status >= 500 || error.status == 429 ? OAuthErrorResponse(error)
                                                              : BearerErrorResponse(error, "fob"));
    }
    Response response = TextResponse(200, "application/json", out->claims.text);
    response.Add("Cache-Control", "no-store");
    reply(std::move(response));
  });
}

void OAuthEndpoints::Preflight(Request, Reply reply) {
  Response response;
  response.status = 204;
  response.Add("Access-Control-Allow-Methods", "GET, POST")
      .Add("Access-Control-Allow-Headers", "authorization, content-type")
      .Add("Access-Control-Max-Age", "600");
  reply(std::move(response));
}

void OAuthEndpoints::AllowOrigin(const std::optional<std::string>& origin, Response& response) const {
  response.Add("Vary", "Origin");
  const Authority::Metadata* metadata = authority_.known();
  if (!origin || metadata == nullptr) return;
  if (std::ranges::find(metadata->origins, *origin) == metadata->origins.end()) return;
  response.Add("Access-Control-Allow-Origin", *origin)
      .Add("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After");
}

}  // namespace fob::web
