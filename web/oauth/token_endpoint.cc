// The token endpoint: RFC 6749 clauses 4.1.3, 4.4.2 and 6, RFC 8693 clause 2.

#include <utility>

#include "web/oauth/client_auth.h"
#include "web/oauth/endpoint_form.h"
#include "web/oauth/endpoints.h"
#include "web/oauth/json_response.h"

namespace fob::web {
namespace {

namespace json = boost::json;

constexpr std::string_view kTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kTicketType = "urn:ietf:params:oauth:token-type:fob-ticket";
constexpr std::string_view kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

// fobd's answers but for what only fobctl reads.
template <typename Out>
Response Granted(const Out& out, std::string_view issued_type = "") {
  json::object object = proto::ToJson(out, proto::WipingStorage());
  object.erase("grant");
  if (!issued_type.empty()) object["issued_token_type"] = issued_type;
  Response response = JsonResponse(200, object);
  response.Add("Pragma", "no-cache");
  return response;
}

template <typename Method>
Answer<Method> Respond(Reply reply) {
  return [reply = std::move(reply)](Result<typename Method::Out> out) {
    reply(out.ok() ? Granted(*out) : OAuthErrorResponse(OAuthErrorOf(out.error())));
  };
}

// RFC 8693 clause 2.2.2: whatever is wrong with the subject_token, the request is not valid.
OAuthError ExchangeRefusal(const Error& error) {
  OAuthError refusal = OAuthErrorOf(error);
  if (refusal.error == "invalid_grant") refusal.error = "invalid_request";
  return refusal;
}

// RFC 8707 and RFC 8693 know two words for whom a token is for.
std::optional<std::string> AudienceOf(const Form& form) {
  if (auto audience = form.MaybeText("audience")) return audience;
  return form.MaybeText("resource");
}

// What of RFC 8693 is not done here.
std::optional<OAuthError> ExchangeProblem(const Form& form) {
  const auto bad = [](std::string description) { return OAuthError{"invalid_request", std::move(description), 400}; };
  if (!form.Has("subject_token")) return bad("subject_token is missing: a ticket of fobctl ticket");
  if (form.Text("subject_token_type") != kTicketType) return bad("subject_token_type must be " + std::string(kTicketType));
  if (form.Has("actor_token") || form.Has("actor_token_type")) return bad("nobody acts for another here: no actor_token");
  if (form.Has("requested_token_type") && form.Text("requested_token_type") != kAccessTokenType) {
    return bad("requested_token_type can only be " + std::string(kAccessTokenType));
  }
  if (form.Has("scope")) return bad("the scope is what the ticket was made for: leave it out");
  if (form.Has("audience") && form.Has("resource") && form.Text("audience") != form.Text("resource")) {
    return bad("audience and resource name two targets");
  }
  return std::nullopt;
}

}  // namespace

void OAuthEndpoints::Token(Request request, Reply reply) {
  auto read = ReadEndpointForm(request);
  if (read.bad) return reply(OAuthErrorResponse(*read.bad));
  const Form& form = read.form;
  ClientAuth& auth = read.auth;
  const auto refuse = [&](std::string error, std::string description) {
    reply(OAuthErrorResponse({std::move(error), std::move(description), 400}));
  };
  const std::string_view grant = form.Text("grant_type");
  if (grant == "authorization_code") {
    if (!form.Has("code")) return refuse("invalid_request", "code is missing");
    return fobd_.Call<proto::token::RedeemCode>(
        {std::move(auth.client_id), std::move(auth.client_secret), std::move(auth.client_assertion), form.Secret("code"),
         form.MaybeText("redirect_uri"), form.MaybeSecret("code_verifier")},
        Respond<proto::token::RedeemCode>(std::move(reply)));
  }
  if (grant == "refresh_token") {
    if (!form.Has("refresh_token")) return refuse("invalid_request", "refresh_token is missing");
    return fobd_.Call<proto::token::Refresh>(
        {std::move(auth.client_id), std::move(auth.client_secret), std::move(auth.client_assertion),
         form.Secret("refresh_token"), form.MaybeText("scope")},
        Respond<proto::token::Refresh>(std::move(reply)));
  }
  if (grant == "client_credentials") {
    return fobd_.Call<proto::token::ClientCredentials>(
        {std::move(auth.client_id), std::move(auth.client_secret), std::move(auth.client_assertion), AudienceOf(form),
         form.MaybeText("scope")},
        Respond<proto::token::ClientCredentials>(std::move(reply)));
  }
  if (grant == kTokenExchange) {
    if (const auto problem = ExchangeProblem(form)) return reply(OAuthErrorResponse(*problem));
    return fobd_.Call<proto::token::Exchange>(
        {std::move(auth.client_id), std::move(auth.client_secret), std::move(auth.client_assertion),
         form.Secret("subject_token"), AudienceOf(form)},
        [reply = std::move(reply)](Result<proto::token::Exchange::Out> out) {
          reply(out.ok() ? Granted(*out, kAccessTokenType) : OAuthErrorResponse(ExchangeRefusal(out.error())));
        });
  }
  if (grant.empty()) return refuse("invalid_request", "grant_type is missing");
  refuse("unsupported_grant_type", "grant_type can be authorization_code, refresh_token, client_credentials or " +
                                       std::string(kTokenExchange));
}

void OAuthEndpoints::Introspect(Request request, Reply reply) {
  auto read = ReadEndpointForm(request);
  if (read.bad) return reply(OAuthErrorResponse(*read.bad));
  if (!read.form.Has("token")) return reply(OAuthErrorResponse({"invalid_request", "token is missing", 400}));
  fobd_.Call<proto::token::Introspect>(
      {std::move(read.auth.client_id), std::move(read.auth.client_secret), std::move(read.auth.client_assertion),
       read.form.Secret("token")},
      [reply = std::move(reply)](Result<proto::token::Introspect::Out> out) {
        if (!out.ok()) return reply(OAuthErrorResponse(OAuthErrorOf(out.error())));
        json::object object(proto::WipingStorage());
        if (out->active && out->info) {
          object = proto::ToJson(*out->info, proto::WipingStorage());
          // RFC 7662 clause 2.2 knows the types of access tokens alone.
          if (out->info->token_type == "refresh_token") object.erase("token_type");
        }
        object["active"] = out->active;
        reply(JsonResponse(200, object));
      });
}

void OAuthEndpoints::Revoke(Request request, Reply reply) {
  auto read = ReadEndpointForm(request);
  if (read.bad) return reply(OAuthErrorResponse(*read.bad));
  if (!read.form.Has("token")) return reply(OAuthErrorResponse({"invalid_request", "token is missing", 400}));
  fobd_.Call<proto::token::Revoke>(
      {read.form.Secret("token"), std::move(read.auth.client_id), std::move(read.auth.client_secret),
       std::move(read.auth.client_assertion)},
      [reply = std::move(reply)](Result<proto::token::Revoke::Out> out) {
        if (!out.ok()) return reply(OAuthErrorResponse(OAuthErrorOf(out.error())));
        Response response;
        response.Add("Cache-Control", "no-store");
        reply(std::move(response));
      });
}

}  // namespace fob::web
