// The endpoints for programs: what fobd says, in the words of the RFCs.
#include "tests/functional/web/gateway_fixture.h"

namespace fob::testing {
namespace {

namespace token = proto::token;

class OAuth : public Gateway {
 protected:
  static token::ClientCredentials::Out Granted() {
    token::ClientCredentials::Out out;
    out.access_token = SecretBytes(std::string_view("at"));
    out.token_type = "Bearer";
    out.expires_in = 300;
    out.scope = "read";
    out.grant = "grant_1";
    return out;
  }
  // What /token answers when fobd refuses with `error`.
  HttpAnswer Refused(const Error& error, const HttpClient::Fields& header = {}) {
    fobd_->On<token::ClientCredentials>([error](const auto&) -> Result<token::ClientCredentials::Out> { return error; });
    return browser_.Post("/token", header.empty() ? "grant_type=client_credentials&client_id=a&client_secret=b"
                                                  : "grant_type=client_credentials", header);
  }
};

TEST_F(OAuth, DiscoveryNamesItsIssuerAndEndpoints) {
  const HttpAnswer answer = browser_.Get("/.well-known/openid-configuration");
  EXPECT_EQ("application/json", answer.Field("content-type"));
  const auto document = Json(answer);
  EXPECT_EQ(socket_.origin(), Text(document, "issuer"));
  EXPECT_EQ(socket_.origin() + "/token", Text(document, "token_endpoint"));
  EXPECT_EQ(boost::json::array({"S256"}), document.at("code_challenge_methods_supported"));
  EXPECT_TRUE(document.at("authorization_response_iss_parameter_supported").as_bool());
  EXPECT_EQ(answer.body, browser_.Get("/.well-known/oauth-authorization-server").body);
}

TEST_F(OAuth, JwksAreFobds) {
  fobd_->On<token::Jwks>([](const auto&) -> Result<token::Jwks::Out> { return token::Jwks::Out{{"{\"keys\":[]}"}}; });
  const HttpAnswer answer = browser_.Get("/jwks");
  EXPECT_EQ("{\"keys\":[]}", answer.body);
  EXPECT_EQ("application/jwk-set+json", answer.Field("content-type"));
}

TEST_F(OAuth, I40_TokensAreKeptByNobody) {
  std::string secret;
  fobd_->On<token::ClientCredentials>([&](const auto& in) -> Result<token::ClientCredentials::Out> {
    secret = in.client_id.value_or("") + "/" + (in.client_secret ? std::string(in.client_secret->RevealText()) : "");
    return Granted();
  });
  const HttpAnswer answer = browser_.Post("/token", "grant_type=client_credentials&scope=read", {{"Authorization", Basic("a:b", "c d")}});
  EXPECT_EQ(200, answer.status) << answer.body;
  EXPECT_EQ("a:b/c d", secret);
  EXPECT_EQ("no-store", answer.Field("cache-control"));
  const auto body = Json(answer);
  EXPECT_EQ("at", Text(body, "access_token"));
  EXPECT_EQ("Bearer", Text(body, "token_type"));
  EXPECT_FALSE(body.contains("grant"));
}

TEST_F(OAuth, ErrorsAreTheRfcsOwn) {
  const struct {
    Error error;
    int status;
    std::string_view code;
  } cases[] = {
      {Denied("invalid_client", "x"), 401, "invalid_client"},
      {Denied("invalid_grant", "x"), 400, "invalid_grant"},
      {Denied("invalid_scope", "x"), 400, "invalid_scope"},
      {Denied("invalid_target", "x"), 400, "invalid_target"},
      {Denied("unauthorized_client", "x"), 400, "unauthorized_client"},
      {Denied("login_ended", "x"), 400, "invalid_grant"},
      {MakeError(Code::kInvalidArgument, "invalid_request", "x"), 400, "invalid_request"},
      {MakeError(Code::kInvalidArgument, "InvalidParameter", "x"), 400, "invalid_request"},
      {MakeError(Code::kUnavailable, "store", "/var/lib/fob is full"), 503, "temporarily_unavailable"},
      {MakeError(Code::kExhausted, "busy", "x"), 429, "temporarily_unavailable"},
      {MakeError(Code::kInternal, "bug", "stack trace"), 500, "server_error"},
      {MakeError(Code::kCorrupt, "row", "row 7 of grants"), 500, "server_error"},
      {MakeError(Code::kNotPermitted, "not_trusted", "uid 1234 may not"), 500, "server_error"},
  };
  for (const auto& each : cases) {
    const HttpAnswer answer = Refused(each.error);
    EXPECT_EQ(each.status, answer.status) << each.code;
    const auto body = Json(answer);
    EXPECT_EQ(each.code, Text(body, "error"));
    EXPECT_NE("", Text(body, "error_description"));
    EXPECT_EQ("no-store", answer.Field("cache-control"));
    EXPECT_THAT(answer.body, Not(::testing::AnyOf(HasSubstr("/var/lib"), HasSubstr("stack"), HasSubstr("row 7"), HasSubstr("1234"))));
  }
}

// RFC 9110 clause 15.5.2: no 401 without one.
TEST_F(OAuth, WhoIsNotAuthenticatedIsToldAScheme) {
  const auto refused = Denied("invalid_client", "x");
  EXPECT_THAT(Refused(refused, {{"Authorization", Basic("a", "b")}}).Field("www-authenticate"), HasSubstr("Basic realm="));
  EXPECT_THAT(Refused(refused).Field("www-authenticate"), HasSubstr("Basic realm="));
  EXPECT_THAT(browser_.Post("/token", "grant_type=client_credentials").Field("www-authenticate"), HasSubstr("Basic realm="));
  EXPECT_EQ("", Refused(Denied("invalid_grant", "x")).Field("www-authenticate"));
  EXPECT_EQ("Bearer realm=\"fob\"", browser_.Get("/userinfo").Field("www-authenticate")) << "and no other one";
}

TEST_F(OAuth, WhatIsBadIsRefusedBeforeFobdHearsOfIt) {
  const int calls = (browser_.Get("/healthz"), fobd_->calls());
  const auto error = [&](const std::string& form, const HttpClient::Fields& header = {}) {
    return Text(Json(browser_.Post("/token", form, header)), "error");
  };
  EXPECT_EQ("invalid_request", error("client_id=a"));
  EXPECT_EQ("unsupported_grant_type", error("client_id=a&grant_type=password&username=u&password=p"));
  EXPECT_EQ("unsupported_grant_type", error("client_id=a&grant_type=implicit"));
  EXPECT_EQ("invalid_request", error("client_id=a&grant_type=authorization_code"));
  EXPECT_EQ("invalid_request", error("client_id=a&grant_type=refresh_token"));
  EXPECT_EQ("invalid_request", error("client_id=a&grant_type=client_credentials&scope=a&scope=b"));
  EXPECT_EQ("invalid_request", error("client_id=a&grant_type=client_credentials&x=1&x=2"));
  EXPECT_EQ("invalid_request", error("client_id=%ff&grant_type=client_credentials"));
  EXPECT_EQ("invalid_client", error("grant_type=client_credentials"));
  EXPECT_EQ("invalid_request", error("grant_type=client_credentials&client_secret=x", {{"Authorization", Basic("a", "b")}}));
  EXPECT_EQ("invalid_request", Text(Json(browser_.Ask("POST", "/token", "{}", {{"Content-Type", "application/json"}})), "error"));
  const std::string exchange = "client_id=a&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";
  EXPECT_EQ("invalid_request", error(exchange));
  EXPECT_EQ("invalid_request", error(exchange + "&subject_token=t&subject_token_type=urn:ietf:params:oauth:token-type:access_token"));
  const std::string ticket = exchange + "&subject_token=t&subject_token_type=urn:ietf:params:oauth:token-type:fob-ticket";
  EXPECT_EQ("invalid_request", error(ticket + "&actor_token=x"));
  EXPECT_EQ("invalid_request", error(ticket + "&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token"));
  EXPECT_EQ("invalid_request", error(ticket + "&scope=more"));
  EXPECT_LE(fobd_->calls(), calls + 20);  // metadata alone, now and then
}

TEST_F(OAuth, UnknownParametersAreIgnored) {
  fobd_->On<token::ClientCredentials>([](const auto&) -> Result<token::ClientCredentials::Out> { return Granted(); });
  EXPECT_EQ(200, browser_.Post("/token", "grant_type=client_credentials&client_id=a&client_secret=b&colour=blue").status);
}

TEST_F(OAuth, ATicketBecomesTokens) {
  fobd_->On<token::Exchange>([](const auto& in) -> Result<token::Exchange::Out> {
    if (in.ticket.RevealText() != "tkt") return Denied("invalid_grant", "x");
    token::Exchange::Out out;
    out.access_token = SecretBytes(std::string_view("at"));
    out.token_type = "Bearer";
    return out;
  });
  const HttpAnswer answer = browser_.Post(
      "/token", "client_id=a&client_secret=b&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=tkt&"
                "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Afob-ticket");
  EXPECT_EQ(200, answer.status) << answer.body;
  EXPECT_EQ("urn:ietf:params:oauth:token-type:access_token", Text(Json(answer), "issued_token_type"));
}

// RFC 8693 clause 2.2.2: the code of a bad subject_token is invalid_request, and the target has one of its own.
TEST_F(OAuth, AnExchangeNamesABadTicketAsRfc8693Does) {
  std::string reason;
  fobd_->On<token::Exchange>([&](const auto&) -> Result<token::Exchange::Out> { return Denied(reason, "x"); });
  const std::pair<std::string, std::string> cases[] = {{"ticket_unknown", "invalid_request"}, {"ticket_used", "invalid_request"},
                                                       {"ticket_expired", "invalid_request"}, {"login_dead", "invalid_request"},
                                                       {"invalid_grant", "invalid_request"},  {"invalid_target", "invalid_target"},
                                                       {"invalid_client", "invalid_client"},  {"unauthorized_client", "unauthorized_client"}};
  for (const auto& [of_fobd, told] : cases) {
    reason = of_fobd;
    const HttpAnswer answer = browser_.Post(
        "/token", "client_id=a&client_secret=b&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=tkt&"
                  "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Afob-ticket");
    EXPECT_EQ(told, Text(Json(answer), "error")) << of_fobd;
    EXPECT_EQ(told == "invalid_client" ? 401 : 400, answer.status) << of_fobd;
  }
}

TEST_F(OAuth, IntrospectionIsFlat) {
  fobd_->On<token::Introspect>([](const auto& in) -> Result<token::Introspect::Out> {
    token::Introspect::Out out;
    out.active = in.token.RevealText() != "bad";
    if (out.active) {
      out.info = proto::TokenInfo();
      out.info->sub = "s";
      out.info->token_type = in.token.RevealText() == "refresh" ? "refresh_token" : "Bearer";
      out.info->exp = 7;
    }
    return out;
  });
  const auto good = Json(browser_.Post("/introspect", "token=good&client_id=a&client_secret=b"));
  EXPECT_TRUE(good.at("active").as_bool());
  EXPECT_EQ("s", Text(good, "sub"));
  EXPECT_EQ("Bearer", Text(good, "token_type"));
  EXPECT_FALSE(Json(browser_.Post("/introspect", "token=refresh&client_id=a&client_secret=b")).contains("token_type"))
      << "RFC 7662 has types of access tokens alone";
  EXPECT_EQ("{\"active\":false}", browser_.Post("/introspect", "token=bad&client_id=a&client_secret=b").body);
  EXPECT_EQ(400, browser_.Post("/introspect", "client_id=a&client_secret=b").status);
  EXPECT_EQ(401, browser_.Post("/introspect", "token=good").status);
}

TEST_F(OAuth, RevocationAnswersNothing) {
  fobd_->On<token::Revoke>([](const auto&) -> Result<token::Revoke::Out> { return token::Revoke::Out{}; });
  const HttpAnswer answer = browser_.Post("/revoke", "token=x&token_type_hint=access_token&client_id=a&client_secret=b");
  EXPECT_EQ(200, answer.status);
  EXPECT_EQ("", answer.body);
}

TEST_F(OAuth, UserInfoTakesItsTokenFromTheHeaderAlone) {
  fobd_->On<token::UserInfo>([](const auto& in) -> Result<token::UserInfo::Out> {
    if (in.access_token.RevealText() == "narrow") return Denied("insufficient_scope", "openid is missing");
    if (in.access_token.RevealText() != "good") return Denied("invalid_token", "it is dead");
    return token::UserInfo::Out{{"{\"sub\":\"s\"}"}};
  });
  EXPECT_EQ("{\"sub\":\"s\"}", browser_.Get("/userinfo", {{"Authorization", "bearer good"}}).body);
  EXPECT_EQ("Bearer realm=\"fob\"", browser_.Get("/userinfo?access_token=good").Field("www-authenticate"));
  const HttpAnswer dead = browser_.Get("/userinfo", {{"Authorization", "Bearer dead"}});
  EXPECT_EQ(401, dead.status);
  EXPECT_THAT(dead.Field("www-authenticate"), HasSubstr("error=\"invalid_token\""));
  EXPECT_EQ(403, browser_.Get("/userinfo", {{"Authorization", "Bearer narrow"}}).status);
}

TEST_F(OAuth, OnlyRegisteredOriginsMayRead) {
  const auto allowed = [&](const std::string& origin, const std::string& path) {
    return browser_.Get(path, {{"Origin", origin}}).Field("access-control-allow-origin");
  };
  EXPECT_EQ("https://app.example.org", allowed("https://app.example.org", "/userinfo"));
  EXPECT_EQ("", allowed("https://evil.example.org", "/userinfo"));
  EXPECT_EQ("", allowed("null", "/userinfo"));
  EXPECT_EQ("", allowed("https://app.example.org", "/login"));
  const HttpAnswer preflight = browser_.Ask("OPTIONS", "/token", "", {{"Origin", "https://app.example.org"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(204, preflight.status);
  EXPECT_EQ("https://app.example.org", preflight.Field("access-control-allow-origin"));
  EXPECT_EQ("", preflight.Field("access-control-allow-credentials"));
  EXPECT_EQ("Origin", preflight.Field("vary"));
  EXPECT_EQ(405, browser_.Ask("OPTIONS", "/introspect", "", {{"Origin", "https://app.example.org"}}).status);
}

}  // namespace
}  // namespace fob::testing
