#include "daemon/core/authorization_request.h"

#include <algorithm>
#include <charconv>

#include "daemon/core/client_gate.h"
#include "daemon/core/redirect_uri.h"
#include "daemon/core/token_mint.h"
#include "daemon/core/web_proof.h"

namespace fob::core {
namespace {

constexpr size_t kMaxState = 2048;
constexpr size_t kMaxNonce = 512;
constexpr size_t kChallenge = 43;  // characters: base64url of SHA-256

using Where = BadRequest::Where;

BadRequest Page(std::string description) { return {Where::kPage, "invalid_request", std::move(description)}; }
BadRequest Bad(std::string_view error, std::string description) {
  return {Where::kClient, std::string(error), std::move(description)};
}
BadRequest Invalid(std::string description) { return Bad("invalid_request", std::move(description)); }

bool IsBase64Url(std::string_view text) {
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

// Who asks, and where the answer goes. Nothing of the rest counts before this is known.
std::optional<BadRequest> ReadTarget(const proto::AuthorizationRequest& request, const std::optional<ClientRecord>& client,
                                     Authorization& plan) {
  const std::vector<std::string> twice = request.duplicated.value_or(std::vector<std::string>());
  if (Holds(twice, "client_id")) return Page("client_id is there twice");
  if (Holds(twice, "redirect_uri")) return Page("redirect_uri is there twice");
  if (!request.client_id.has_value()) return Page("client_id is missing");
  if (!client.has_value()) return BadRequest{Where::kPage, "invalid_client", "no app of this client_id is registered here"};
  plan.client = *client;
  if (request.redirect_uri.has_value()) {
    plan.redirect_uri = *request.redirect_uri;
    if (IsRegistered(plan.redirect_uri, client->redirect_uris)) return std::nullopt;
    return Page("redirect_uri is not registered for this app: it must be one of those, byte for byte");
  }
  // RFC 6749 clause 3.1.2.3; OpenID Connect wants it named.
  const bool openid = Holds(ScopeWords(request.scope.value_or("")), kOpenIdScope);
  if (openid || client->redirect_uris.size() != 1) return Page("redirect_uri is missing");
  plan.redirect_uri = client->redirect_uris.front();
  plan.uri_named = false;
  return std::nullopt;
}

std::optional<BadRequest> ReadForm(const proto::AuthorizationRequest& request, Authorization& plan) {
  plan.state = request.state.value_or("");
  plan.form_post = request.response_mode == "form_post";
  const std::vector<std::string> twice = request.duplicated.value_or(std::vector<std::string>());
  if (!twice.empty()) {
    if (Holds(twice, "state")) plan.state.clear();
    return Invalid(twice.front() + " is there twice");
  }
  if (plan.state.size() > kMaxState) return Invalid("state is too long");
  if (request.response_mode.has_value() && request.response_mode != "query" && !plan.form_post) {
    return Invalid("response_mode is query or form_post");
  }
  if (request.request.has_value()) return Bad("request_not_supported", "request objects are not taken: send the parameters themselves");
  if (request.request_uri.has_value()) return Bad("request_uri_not_supported", "request_uri is not taken: send the parameters themselves");
  if (request.registration.has_value()) return Bad("registration_not_supported", "apps are registered by the administrator");
  if (!request.response_type.has_value()) return Invalid("response_type is missing");
  if (request.response_type != "code") return Bad("unsupported_response_type", "response_type is code");
  plan.nonce = request.nonce.value_or("");
  if (plan.nonce.size() > kMaxNonce) return Invalid("nonce is too long");
  return std::nullopt;
}

// PKCE by S256 always; who may do without is registered by name (I33, I44).
std::optional<BadRequest> ReadChallenge(const proto::AuthorizationRequest& request, Authorization& plan) {
  plan.challenge = request.code_challenge.value_or("");
  if (plan.challenge.empty()) {
    if (request.code_challenge_method.has_value() || request.code_challenge.has_value()) return Invalid("code_challenge is missing");
    if (plan.client.pkce) return Invalid("code_challenge is missing: PKCE with S256 is a must");
    return std::nullopt;
  }
  if (request.code_challenge_method != "S256") return Invalid("code_challenge_method must be S256");
  if (plan.challenge.size() != kChallenge || !IsBase64Url(plan.challenge)) {
    return Invalid("code_challenge is base64url of a SHA-256, 43 characters");
  }
  return std::nullopt;
}

std::optional<BadRequest> ReadScope(const proto::AuthorizationRequest& request, Authorization& plan) {
  const ClientRecord& client = plan.client;
  if (request.scope.has_value()) {
    // What is not known is left out (OpenID Connect Core clause 3.1.2.1): the reply says what there is.
    for (const std::string& word : ScopeWords(*request.scope)) {
      if (Holds(client.scopes, word) && !Holds(plan.scopes, word)) plan.scopes.push_back(word);
      if (word == kOpenIdScope && !Holds(client.scopes, word)) return Bad("invalid_scope", "this app is not registered for scope openid");
    }
    if (plan.scopes.empty()) return Bad("invalid_scope", "this app is registered for none of these scopes");
  } else {
    std::ranges::copy_if(client.scopes, std::back_inserter(plan.scopes), [](const std::string& word) { return word != kOpenIdScope; });
  }
  if (request.resource.has_value()) {
    if (!Holds(client.audiences, *request.resource)) return Bad("invalid_target", "this app is not registered for that resource");
    plan.audience = *request.resource;
    return std::nullopt;
  }
  if (client.audiences.empty()) return Bad("unauthorized_client", "this app has no audiences");
  plan.audience = client.audiences.front();
  return std::nullopt;
}

std::optional<BadRequest> ReadPrompt(const proto::AuthorizationRequest& request, Authorization& plan) {
  const std::vector<std::string> words = ScopeWords(request.prompt.value_or(""));
  for (const std::string& word : words) {
    if (word == "none") {
      plan.prompt_none = true;
    } else if (word == "login" || word == "select_account") {
      plan.prompt_login = true;
    } else if (word == "consent") {
      plan.prompt_consent = true;
    } else {
      return Invalid("prompt is none, login, consent or select_account");
    }
  }
  if (plan.prompt_none && words.size() > 1) return Invalid("prompt none stands alone");
  if (!request.max_age.has_value()) return std::nullopt;
  int64_t seconds = 0;
  const char* const end = request.max_age->data() + request.max_age->size();
  const auto [stopped, failed] = std::from_chars(request.max_age->data(), end, seconds);
  if (failed != std::errc() || stopped != end || seconds < 0) return Invalid("max_age is a number of seconds");
  plan.max_age = seconds;
  return std::nullopt;
}

std::optional<BadRequest> ReadWishes(const proto::AuthorizationRequest& request, const WebCrypto& crypto,
                                     const TokenSigner& signer, const std::string& issuer, Authorization& plan) {
  plan.login_hint = request.login_hint.value_or("");
  plan.acr.values = ScopeWords(request.acr_values.value_or(""));
  if (request.claims.has_value()) {
    auto claims = crypto.ReadClaimsParameter(*request.claims);
    if (!claims.ok()) return Invalid(claims.error().text);
    if (claims->acr.essential || !claims->acr.values.empty()) plan.acr = std::move(claims->acr);
    plan.subjects = std::move(claims->subjects);
  }
  if (request.id_token_hint.has_value()) {
    const auto hint = signer.CheckId(request.id_token_hint->RevealText());
    if (!hint.ok() || hint->issuer != issuer) return Invalid("id_token_hint is no ID token of ours");
    if (!plan.subjects.empty() && !Holds(plan.subjects, hint->subject)) return Invalid("id_token_hint and claims ask for two users");
    plan.subjects = {hint->subject};
  }
  return std::nullopt;
}

// 0: nothing that we know is asked for.
int LeastRank(const std::vector<std::string>& values) {
  int least = 0;
  for (const std::string& value : values) {
    const int rank = RankOf(value);
    if (rank > 0 && (least == 0 || rank < least)) least = rank;
  }
  return least;
}

}  // namespace

std::string Authorization::WantedAcr() const {
  const int least = LeastRank(acr.values);
  const auto found = std::ranges::find_if(acr.values, [&](const std::string& value) { return RankOf(value) == least; });
  return least == 0 || found == acr.values.end() ? "" : *found;
}

ReadRequest ReadAuthorization(const proto::AuthorizationRequest& request, const std::optional<ClientRecord>& client,
                              const WebCrypto& crypto, const TokenSigner& signer, const std::string& issuer) {
  ReadRequest out;
  out.bad = ReadTarget(request, client, out.plan);
  if (!out.bad) out.bad = ReadForm(request, out.plan);
  if (!out.bad) out.bad = ReadChallenge(request, out.plan);
  if (!out.bad) out.bad = ReadScope(request, out.plan);
  if (!out.bad) out.bad = ReadPrompt(request, out.plan);
  if (!out.bad) out.bad = ReadWishes(request, crypto, signer, issuer, out.plan);
  return out;
}

Verdict Decide(const Authorization& plan, const Standing& standing) {
  const auto fail = [](std::string_view error, std::string description) {
    return Verdict{Verdict::Kind::kError, "", false, std::string(error), std::move(description)};
  };
  const auto sign_in = [&](bool fresh, std::string why) {
    if (plan.prompt_none) return fail("login_required", std::move(why));
    return Verdict{Verdict::Kind::kLogin, plan.WantedAcr(), fresh, "", ""};
  };
  if (!standing.login.has_value()) return sign_in(false, "nobody is signed in");
  const LoginRecord& login = *standing.login;
  const int64_t age = standing.now - login.authenticated_at;
  if (plan.prompt_login && !standing.fresh) return sign_in(true, "another login is asked for");
  if (plan.max_age.has_value() && age > *plan.max_age && !standing.fresh) return sign_in(true, "the login is older than max_age");
  if (!plan.subjects.empty() && !Holds(plan.subjects, login.sub)) {
    if (standing.fresh) return fail("access_denied", "another user signed in than the one that is asked for (id_token_hint, claims)");
    return sign_in(true, "another user is signed in than the one that is asked for (id_token_hint, claims)");
  }
  const int wanted = LeastRank(plan.acr.values);
  const bool known = wanted > 0 || plan.acr.values.empty();
  const bool met = RankOf(login.acr) >= wanted && known;
  if (!met && plan.acr.essential && (standing.fresh || !known)) {
    return fail("unmet_authentication_requirements", "the login is not of the class that is essential (acr)");
  }
  const bool insist = plan.acr.essential || !plan.prompt_none;
  if (!met && known && insist && !standing.fresh) return sign_in(true, "the login is not of the class that is asked for (acr)");
  if (!login.multi_factor) {
    if (standing.fresh) return fail("access_denied", "the login proved one kind of factor only");
    return sign_in(true, "the login proved one kind of factor only");
  }
  if (!standing.may_use) return fail("access_denied", "this app is not for " + login.user);
  const bool agreed = !plan.client.third_party || std::ranges::all_of(plan.scopes, [&](const std::string& scope) {
    return Holds(standing.consented, scope);
  });
  if (standing.allowed || (agreed && !plan.prompt_consent)) return {};
  if (plan.prompt_none) return fail("consent_required", "the user has not allowed this yet");
  return {Verdict::Kind::kConsent, "", false, "", ""};
}

}  // namespace fob::core
