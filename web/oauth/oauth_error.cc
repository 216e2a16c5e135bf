#include "web/oauth/oauth_error.h"

#include <algorithm>
#include <array>

#include "web/oauth/json_response.h"

namespace fob::web {
namespace {

constexpr std::array<std::string_view, 14> kCodes = {
    "invalid_request",     "invalid_client",        "invalid_grant",     "unauthorized_client",
    "invalid_scope",       "unsupported_grant_type", "invalid_target",   "invalid_token",
    "insufficient_scope",  "access_denied",         "unsupported_token_type", "invalid_dpop_proof",
    "temporarily_unavailable", "server_error"};

// RFC 6749 appendix A.7: no quote, no backslash, ASCII alone.
std::string Described(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 300)) {
    const bool fits = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    out += fits ? c : c == '"' ? '\'' : '?';
  }
  return out;
}

Response Unchallenged(const OAuthError& error) {
  return JsonResponse(error.status, {{"error", error.error}, {"error_description", error.description}});
}

}  // namespace

OAuthError OAuthErrorOf(const Error& error) {
  switch (error.code) {
    case Code::kUnavailable:
    case Code::kTimedOut:
    case Code::kCancelled:
      return {"temporarily_unavailable", "the authority does not answer now: try again", 503};
    case Code::kExhausted:
      return {"temporarily_unavailable", "too much is asked at once: try again", 429};
    case Code::kCorrupt:
    case Code::kInternal:
      return {"server_error", "something went wrong here; the journal of this host says what", 500};
    case Code::kInvalidArgument:
    case Code::kNotPermitted:
    case Code::kDenied:
    case Code::kNotFound:
    case Code::kConflict:
      break;
  }
  if (std::ranges::find(kCodes, error.reason) != kCodes.end()) {
    const int status = error.reason == "invalid_client" || error.reason == "invalid_token" ? 401
                       : error.reason == "insufficient_scope"                                ? 403
                                                                                             : 400;
    return {error.reason, Described(error.text), status};
  }
  // Varlink's own errors are about our call, not about the client's.
  if (error.reason == "MethodNotFound" || error.reason == "InterfaceNotFound" || error.code == Code::kNotPermitted) {
    return {"server_error", "the authority refuses this gateway; the journal of this host says why", 500};
  }
  return {error.code == Code::kInvalidArgument ? "invalid_request" : "invalid_grant", Described(error.text), 400};
}

Response OAuthErrorResponse(const OAuthError& error) {
  Response response = Unchallenged(error);
  if (error.status == 401) response.Add("WWW-Authenticate", "Basic realm=\"fob\", charset=\"UTF-8\"");
  if (error.status == 503 || error.status == 429) response.Add("Retry-After", "2");
  return response;
}

Response BearerErrorResponse(const OAuthError& error, std::string_view realm) {
  std::string challenge = "Bearer realm=\"" + std::string(realm) + "\"";
  if (error.error.empty()) {
    Response response = TextResponse(401, "text/plain; charset=utf-8", "an access token is needed\n");
    return response.Add("WWW-Authenticate", challenge).Add("Cache-Control", "no-store"), std::move(response);
  }
  challenge += ", error=\"" + error.error + "\", error_description=\"" + error.description + "\"";
  Response response = Unchallenged(error);
  response.Add("WWW-Authenticate", std::move(challenge));
  return response;
}

}  // namespace fob::web
