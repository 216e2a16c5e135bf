// Cases of OpenID's conformance plans, each named after its plan and its module there; "own" are ours.
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
    {"own", "response-mode-unknown", {{"response_mode", "web_message"}}, Ends::kError, "invalid_request"},
    {"own", "response-mode-fragment", {{"response_mode", "fragment"}}, Ends::kError, "invalid_request"},
    {"own", "pkce-plain", {{"code_challenge_method", "plain"}}, Ends::kError, "invalid_request"},
    {"own", "pkce-malformed", {{"code_challenge", "short"}}, Ends::kError, "invalid_request"},
    {"own", "resource-unknown", {{"resource", "https://unknown.example.org"}}, Ends::kError, "invalid_target"},
};

class Conformance : public WebEndToEnd {
 protected:
  void Expect(const Case& wanted, const HttpAnswer& answer, Parameters returned) {
    switch (wanted.ends) {
      case Ends::kPage:
        EXPECT_EQ(400, answer.status);
        EXPECT_EQ("", answer.Field("location"));
        break;
      case Ends::kError:
        EXPECT_EQ(wanted.error, returned["error"]) << answer.body;
        EXPECT_NE("", returned["error_description"]);
        EXPECT_EQ("s1", returned["state"]);
        EXPECT_EQ(issuer(), returned["iss"]);
        EXPECT_EQ("", returned["code"]);
        break;
      case Ends::kCode:
        EXPECT_NE("", returned["code"]) << answer.Field("location");
        EXPECT_EQ("", returned["error"]);
        break;
    }
  }
  // An app with a place to go to after a logout.
  App AddAppWithLogout() {
    proto::ClientSettings settings;
    settings.post_logout_redirect_uris = {{kBye}};
    return AddWebApp("app", std::move(settings));
  }
  HttpAnswer Logout(const Parameters& parameters) { return browser_.Get("/logout?" + FormOf(parameters)); }
  bool SignedIn(const App& app) { return !Returned(Authorize(browser_, Request(app, {{"prompt", "none"}})))["code"].empty(); }

  static constexpr const char* kBye = "https://app.example.org/bye";
};

TEST_F(Conformance, CasesOfTheBasicPlan) {
  const App app = AddWebApp("app");
  Code(app);  // signed in: what is wrong is told, and not asked for a login first
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.plan + "-" + each.name);
    const HttpAnswer answer = Authorize(browser_, Request(app, each.changed));
    Expect(each, answer, Returned(answer));
    if (each.ends == Ends::kError) {
      EXPECT_TRUE(answer.Field("location").starts_with(kCallback));
    }
  }
}

// The plan for form_post has the same modules, and the answers go another way.
TEST_F(Conformance, CasesOfTheFormPostPlan) {
  const App app = AddWebApp("app");
  Code(app);
  for (const Case& each : kCases) {
    if (each.changed.contains("response_mode")) continue;
    SCOPED_TRACE("oidcc-formpost-" + each.name);
    Parameters changed = each.changed;
    changed["response_mode"] = "form_post";
    const HttpAnswer answer = Authorize(browser_, Request(app, changed));
    Parameters posted;
    for (const char* name : {"code", "state", "iss", "error", "error_description"}) posted[name] = HiddenField(answer.body, name);
    EXPECT_EQ("", answer.Field("location"));
    Expect(each, answer, posted);
    if (each.ends != Ends::kPage) {
      EXPECT_THAT(answer.body, ::testing::HasSubstr("action=\"" + std::string(kCallback) + "\""));
    }
  }
}

TEST_F(Conformance, OidccBasicCodereuse) {
  const App app = AddWebApp("app");
  const std::string code = Code(app);
  const std::string access = Member(Redeem(app, code), "access_token");
  EXPECT_TRUE(Active(app, access));
  const HttpAnswer again = Redeem(app, code);
  EXPECT_EQ(400, again.status);
  EXPECT_EQ("invalid_grant", Member(again, "error"));
  EXPECT_FALSE(Active(app, access)) << "RFC 6749 clause 4.1.2: what the first one got is revoked";
}

TEST_F(Conformance, OidccBasicEnsurePostRequestSucceeds) {
  const App app = AddWebApp("app");
  Code(app);
  const HttpAnswer posted = browser_.Post("/authorize", FormOf(Request(app)), {{"Origin", "https://app.example.org"}});
  ASSERT_EQ(303, posted.status) << "the GET that follows brings the cookies";
  Parameters returned = Returned(browser_.Get(posted.Field("location")));
  EXPECT_NE("", returned["code"]);
  EXPECT_EQ("s1", returned["state"]);
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

// OpenID Connect Core clause 3.1.2.2, item 4.
TEST_F(Conformance, OidccBasicAUserWhoIsAskedForByName) {
  const App app = AddWebApp("app");
  const auto claims = ClaimsOf(Member(Redeem(app, Code(app)), "id_token"));
  const auto wanting = [&](const std::string& sub) {
    return Parameters{{"claims", R"({"id_token":{"sub":{"value":")" + sub + R"("}}})"}, {"prompt", "none"}};
  };
  EXPECT_NE("", Returned(Authorize(browser_, Request(app, wanting(std::string(claims.at("sub").as_string())))))["code"]);
  Parameters refused = Returned(Authorize(browser_, Request(app, wanting("somebody-else"))));
  EXPECT_EQ("", refused["code"]);
  EXPECT_EQ("login_required", refused["error"]);
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

TEST_F(Conformance, OidccFormPostPromptNoneNotLoggedIn) {
  const App app = AddWebApp("app");
  const HttpAnswer answer = Authorize(browser_, Request(app, {{"response_mode", "form_post"}, {"prompt", "none"}}));
  EXPECT_EQ(200, answer.status);
  EXPECT_EQ("login_required", HiddenField(answer.body, "error"));
  EXPECT_EQ("s1", HiddenField(answer.body, "state"));
  EXPECT_EQ(issuer(), HiddenField(answer.body, "iss"));
}

TEST_F(Conformance, OidccRpInitiatedLogoutBadRequests) {
  const App app = AddAppWithLogout();
  const std::string hint = Member(Redeem(app, Code(app)), "id_token");
  std::string modified = hint;
  char& payload = modified[modified.find('.') + 5];
  payload = payload == 'A' ? 'B' : 'A';
  const std::pair<std::string, Parameters> cases[] = {
      {"no-id-token-hint", {{"post_logout_redirect_uri", kBye}}},
      {"bad-id-token-hint", {{"id_token_hint", "e30.e30."}, {"post_logout_redirect_uri", kBye}}},
      {"modified-id-token-hint", {{"id_token_hint", modified}, {"post_logout_redirect_uri", kBye}}},
      {"bad-post-logout-redirect-uri", {{"id_token_hint", hint}, {"post_logout_redirect_uri", "https://evil.example.org/"}}},
      {"query-added-to-post-logout-redirect-uri", {{"id_token_hint", hint}, {"post_logout_redirect_uri", std::string(kBye) + "?foo=bar"}}}};
  for (const auto& [name, parameters] : cases) {
    EXPECT_EQ("", Logout(parameters).Field("location")) << "oidcc-rp-initiated-logout-" << name;
    if (name.ends_with("hint")) {  // else it is good, and ends the session
      EXPECT_TRUE(SignedIn(app)) << name;
    }
  }
}

// Whose wish it is nobody knows: the person is asked.
TEST_F(Conformance, OidccRpInitiatedLogoutNoParamsAndOnlyState) {
  const App app = AddAppWithLogout();
  Code(app);
  for (const Parameters& parameters : {Parameters(), Parameters{{"state", "s"}}}) {
    const HttpAnswer asked = Logout(parameters);
    EXPECT_EQ(200, asked.status);
    EXPECT_THAT(asked.body, ::testing::HasSubstr("Sign out?"));
    EXPECT_TRUE(SignedIn(app)) << "not before it is confirmed";
  }
  EXPECT_THAT(browser_.Submit("/logout", "confirmed=yes&state=s").body, ::testing::HasSubstr("You are signed out"));
  EXPECT_FALSE(SignedIn(app));
}

TEST_F(Conformance, OidccRpInitiatedLogout) {
  const App app = AddAppWithLogout();
  const std::string hint = Member(Redeem(app, Code(app)), "id_token");
  EXPECT_EQ(std::string(kBye) + "?state=s",
            Logout({{"id_token_hint", hint}, {"post_logout_redirect_uri", kBye}, {"state", "s"}}).Field("location"));
  EXPECT_EQ("login_required", Returned(Authorize(browser_, Request(app, {{"prompt", "none"}})))["error"]);
}

TEST_F(Conformance, OidccRpInitiatedLogoutNoState) {
  const App app = AddAppWithLogout();
  const std::string hint = Member(Redeem(app, Code(app)), "id_token");
  EXPECT_EQ(kBye, Logout({{"id_token_hint", hint}, {"post_logout_redirect_uri", kBye}}).Field("location"));
  EXPECT_FALSE(SignedIn(app));
}

}  // namespace
}  // namespace fob::testing
