// Negative cases of OpenID's conformance plans, each named after its plan.
#include "tests/functional/web_e2e/web_end_to_end.h"

namespace fob::testing {
namespace {

enum class Ends { kError, kPage, kCode };

struct Case {
  std::string plan, name;
  Parameters changed;
  Ends ends;
  std::string error;  // of kError
};

const Case kCases[] = {
    {"oidcc-basic", "missing-client-id", {{"client_id", ""}}, Ends::kPage, ""},
    {"oidcc-basic", "unknown-client", {{"client_id", "client_nobody"}}, Ends::kPage, ""},
    {"oidcc-basic", "ensure-redirect-uri-in-authorization-request", {{"redirect_uri", ""}}, Ends::kPage, ""},
    {"oidcc-basic", "ensure-registered-redirect-uri", {{"redirect_uri", "https://app.example.org/other"}}, Ends::kPage, ""},
    {"oidcc-basic", "redirect-uri-query-mismatch", {{"redirect_uri", "https://app.example.org/callback?foo=bar"}}, Ends::kPage, ""},
    {"oidcc-basic", "response-type-missing", {{"response_type", ""}}, Ends::kError, "invalid_request"},
    {"oidcc-basic", "response-type-unknown", {{"response_type", "code token"}}, Ends::kError, "unsupported_response_type"},
    {"oidcc-basic", "response-type-token", {{"response_type", "token"}}, Ends::kError, "unsupported_response_type"},
    {"oidcc-basic", "ensure-request-without-nonce-succeeds-for-code-flow", {{"nonce", ""}}, Ends::kCode, ""},
    {"oidcc-basic", "ensure-request-with-unknown-parameter-succeeds", {{"extra", "foobar"}}, Ends::kCode, ""},
    {"oidcc-basic", "ensure-request-with-acr-values-succeeds", {{"acr_values", "unknown other"}}, Ends::kCode, ""},
    {"oidcc-basic", "ensure-request-with-valid-pkce-succeeds", {}, Ends::kCode, ""},
    {"oidcc-basic", "request-object-unsupported", {{"request", "eyJhbGciOiJub25lIn0.e30."}}, Ends::kError, "request_not_supported"},
    {"oidcc-basic", "request-uri-unsupported", {{"request_uri", "https://app.example.org/r"}}, Ends::kError, "request_uri_not_supported"},
    {"oidcc-basic", "registration-unsupported", {{"registration", "{}"}}, Ends::kError, "registration_not_supported"},
    {"oidcc-basic", "ensure-request-with-unknown-scope-succeeds", {{"scope", "openid nonsense"}}, Ends::kCode, ""},
    {"oidcc-basic", "scope-of-nothing-known", {{"scope", "nonsense"}}, Ends::kError, "invalid_scope"},
    {"oidcc-basic", "prompt-none-with-others", {{"prompt", "none login"}}, Ends::kError, "invalid_request"},
    {"oidcc-basic", "prompt-unknown", {{"prompt", "dance"}}, Ends::kError, "invalid_request"},
    {"oidcc-basic", "max-age-nonsense", {{"max_age", "-1"}}, Ends::kError, "invalid_request"},
    {"oidcc-basic", "claims-nonsense", {{"claims", "{"}}, Ends::kError, "invalid_request"},
    {"oidcc-config", "response-mode-unknown", {{"response_mode", "web_message"}}, Ends::kError, "invalid_request"},
    {"oidcc-config", "response-mode-fragment", {{"response_mode", "fragment"}}, Ends::kError, "invalid_request"},
    {"oidcc-config", "pkce-plain", {{"code_challenge_method", "plain"}}, Ends::kError, "invalid_request"},
    {"oidcc-config", "pkce-malformed", {{"code_challenge", "short"}}, Ends::kError, "invalid_request"},
    {"oidcc-config", "resource-unknown", {{"resource", "https://unknown.example.org"}}, Ends::kError, "invalid_target"},
};

class Conformance : public WebEndToEnd {};

TEST_F(Conformance, NegativeCasesOfThePlans) {
  const App app = AddWebApp("app");
  Code(app);  // signed in: what is wrong is told, and not asked for a login first
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.plan + "-" + each.name);
    const HttpAnswer answer = Authorize(browser_, Request(app, each.changed));
    Parameters returned = Returned(answer);
    switch (each.ends) {
      case Ends::kPage:
        EXPECT_EQ(400, answer.status);
        EXPECT_EQ("", answer.Field("location"));
        break;
      case Ends::kError:
        EXPECT_EQ(each.error, returned["error"]) << answer.body;
        EXPECT_NE("", returned["error_description"]);
        EXPECT_EQ("s1", returned["state"]);
        EXPECT_EQ(issuer(), returned["iss"]);
        EXPECT_TRUE(answer.Field("location").starts_with(kCallback));
        break;
      case Ends::kCode:
        EXPECT_NE("", returned["code"]) << answer.Field("location");
        break;
    }
  }
}

TEST_F(Conformance, OidccBasicPromptNoneNotLoggedIn) {
  const App app = AddWebApp("app");
  EXPECT_EQ("login_required", Returned(Authorize(browser_, Request(app, {{"prompt", "none"}})))["error"]);
}

TEST_F(Conformance, OidccBasicPromptLoginAndMaxAge) {
  const App app = AddWebApp("app");
  const auto first = ClaimsOf(Member(Redeem(app, Code(app)), "id_token"));
  daemon_.Advance(60);
  EXPECT_EQ(200, Authorize(browser_, Request(app, {{"prompt", "login"}})).status);
  EXPECT_EQ(200, Authorize(browser_, Request(app, {{"max_age", "1"}})).status);
  EXPECT_NE("", Returned(Authorize(browser_, Request(app, {{"max_age", "10000"}})))["code"]);
  const auto second = ClaimsOf(Member(Redeem(app, Code(app, {{"prompt", "login"}})), "id_token"));
  EXPECT_GT(second.at("auth_time").as_int64(), first.at("auth_time").as_int64());
}

TEST_F(Conformance, OidccBasicDuplicatedParameters) {
  const App app = AddWebApp("app");
  Code(app);
  const std::string query = "/authorize?" + FormOf(Request(app));
  EXPECT_EQ("invalid_request", Returned(browser_.Get(query + "&nonce=other"))["error"]);
  EXPECT_EQ(400, browser_.Get(query + "&redirect_uri=" + Encoded(kCallback)).status) << "whom to tell is not known";
  EXPECT_EQ(400, browser_.Get(query + "&client_id=" + app.id).status);
}

TEST_F(Conformance, OidccBasicClientAuthentication) {
  const App app = AddWebApp("app");
  App wrong{app.id, SecretBytes(std::string_view("wrong"))};
  const HttpAnswer answer = Redeem(wrong, Code(app));
  EXPECT_EQ(401, answer.status);
  EXPECT_EQ("invalid_client", Member(answer, "error"));
  EXPECT_EQ("invalid_grant", Member(Redeem(app, "code_nonsense"), "error"));
}

TEST_F(Conformance, OidccFormPostErrorsGoTheSameWay) {
  const App app = AddWebApp("app");
  const HttpAnswer answer = Authorize(browser_, Request(app, {{"response_mode", "form_post"}, {"prompt", "none"}}));
  EXPECT_EQ(200, answer.status);
  EXPECT_EQ("login_required", HiddenField(answer.body, "error"));
  EXPECT_EQ("s1", HiddenField(answer.body, "state"));
  EXPECT_EQ(issuer(), HiddenField(answer.body, "iss"));
}

TEST_F(Conformance, OidccRpInitiatedLogoutBadRequests) {
  proto::ClientSettings settings;
  settings.post_logout_redirect_uris = {{"https://app.example.org/bye"}};
  const App app = AddWebApp("app", std::move(settings));
  const std::string hint = Member(Redeem(app, Code(app)), "id_token");
  const auto logout = [&](const Parameters& parameters) { return browser_.Get("/logout?" + FormOf(parameters)); };
  const std::string good = "https://app.example.org/bye";
  EXPECT_EQ("", logout({{"post_logout_redirect_uri", good}}).Field("location")) << "rp-initiated-logout-no-id-token-hint";
  EXPECT_EQ("", logout({{"id_token_hint", "e30.e30."}, {"post_logout_redirect_uri", good}}).Field("location")) << "bad-id-token-hint";
  EXPECT_EQ("", logout({{"id_token_hint", hint}, {"post_logout_redirect_uri", "https://evil.example.org/"}}).Field("location"))
      << "bad-post-logout-redirect-uri";
  EXPECT_EQ("", logout({{"id_token_hint", hint}, {"post_logout_redirect_uri", good + "?foo=bar"}}).Field("location")) << "query-added";
}

TEST_F(Conformance, OidccRpInitiatedLogout) {
  proto::ClientSettings settings;
  settings.post_logout_redirect_uris = {{"https://app.example.org/bye"}};
  const App app = AddWebApp("app", std::move(settings));
  const std::string hint = Member(Redeem(app, Code(app)), "id_token");
  EXPECT_EQ("https://app.example.org/bye?state=s",
            browser_.Get("/logout?" + FormOf({{"id_token_hint", hint}, {"post_logout_redirect_uri", "https://app.example.org/bye"},
                                              {"state", "s"}})).Field("location"));
  EXPECT_EQ("login_required", Returned(Authorize(browser_, Request(app, {{"prompt", "none"}})))["error"]);
}

}  // namespace
}  // namespace fob::testing
