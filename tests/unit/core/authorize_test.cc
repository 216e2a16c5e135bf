// The authorization endpoint and what comes of its codes: each refusal is named after the test of OpenID's
// conformance plans (basic, form post, RP-initiated logout) that looks for it, or after its rule.
#include "daemon/core/redirect_uri.h"
#include "tests/unit/core/web_fixture.h"

namespace fob::core {
namespace {

using ::testing::ElementsAre;
using testing::World;

constexpr std::string_view kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";  // RFC 7636 appendix B
constexpr std::string_view kCallback = "https://wiki.example.org/callback";

class Authorize : public WebLife {
 protected:
  Authorize() {
    proto::ClientSettings settings;
    settings.redirect_uris = {{std::string(kCallback), "https://wiki.example.org/other", "http://127.0.0.1/app"}};
    settings.post_logout_redirect_uris = {{"https://wiki.example.org/bye"}};
    settings.scopes = {{"openid", "profile", "groups"}};
    settings.groups = {{"staff"}};
    settings.refresh_lifetime_ms = 3'600'000;
    wiki_ = world_.AddApp("wiki", settings);
  }

  proto::AuthorizationRequest Request() {
    proto::AuthorizationRequest request;
    request.client_id = wiki_.id;
    request.redirect_uri = std::string(kCallback);
    request.response_type = "code";
    request.scope = "openid profile";
    request.state = "s-1";
    request.nonce = "n-1";
    request.code_challenge = Base64UrlEncode(world_.context().hasher.Sha256(AsBytes(kVerifier)));
    request.code_challenge_method = "S256";
    return request;
  }
  proto::Decision Ask(proto::AuthorizationRequest request, const proto::Step* by = nullptr, const SecretBytes* attempt = nullptr) {
    proto::web::Authorize::In in;
    if (by != nullptr) in.session = by->session->Clone();
    if (attempt != nullptr) in.attempt = attempt->Clone();
    in.request = std::move(request);
    auto out = Patiently(world_.authorize(), &AuthorizeService::Authorize, std::move(in));
    EXPECT_TRUE(out.ok()) << ReasonOf(out);
    return out.ok() ? std::move(out->decision) : proto::Decision();
  }
  static std::string Value(const proto::Decision& decision, std::string_view name) {
    if (!decision.redirect.has_value()) return "(no redirect)";
    for (const proto::Parameter& parameter : decision.redirect->parameters) {
      if (parameter.name == name) return std::string(parameter.value.RevealText());
    }
    return "";
  }
  Result<proto::token::RedeemCode::Out> Redeem(std::string_view code, std::optional<std::string_view> verifier = kVerifier,
                                               std::optional<std::string> uri = std::string(kCallback), const App* app = nullptr) {
    const App& by = app == nullptr ? wiki_ : *app;
    proto::token::RedeemCode::In in;
    in.client_id = by.id;
    if (!by.secret.empty()) in.client_secret = by.secret.Clone();
    in.code = SecretBytes(code);
    in.redirect_uri = std::move(uri);
    if (verifier.has_value()) in.code_verifier = SecretBytes(*verifier);
    return Patiently(world_.token(), &TokenService::RedeemCode, std::move(in));
  }
  std::string NewCode(const proto::Step& by) { return Value(Ask(Request(), &by), "code"); }

  App wiki_;
};

TEST_F(Authorize, ALoginBecomesACodeAndACodeBecomesTokens) {
  EXPECT_EQ(Ask(Request()).outcome, proto::Decision::Outcome::kLogin);
  const proto::Step alice = SignIn();
  const proto::Decision decision = Ask(Request(), &alice);
  ASSERT_EQ(decision.outcome, proto::Decision::Outcome::kRedirect);
  EXPECT_EQ(decision.redirect->uri, kCallback);
  EXPECT_EQ(Value(decision, "state"), "s-1");
  EXPECT_EQ(Value(decision, "iss"), "https://login.example.org") << "I40";
  const auto tokens = Redeem(Value(decision, "code"));
  ASSERT_TRUE(tokens.ok()) << ReasonOf(tokens);
  EXPECT_EQ(tokens->scope, "openid profile");
  ASSERT_TRUE(tokens->id_token.has_value());
  const IdClaims& id = world_.signer.ids.at(std::string(tokens->id_token->RevealText()));
  EXPECT_EQ(id.issuer, "https://login.example.org");
  EXPECT_EQ(id.subject, "sub-alice");
  EXPECT_EQ(id.audience, wiki_.id);
  EXPECT_EQ(id.nonce, "n-1");
  EXPECT_EQ(id.acr, "phr");
  EXPECT_THAT(id.amr, ElementsAre("pop", "user", "mfa"));
  EXPECT_EQ(id.session, alice.signed_in->login);
  EXPECT_EQ(id.auth_time, alice.signed_in->authenticated_at);
  EXPECT_EQ(id.user, "alice");
  EXPECT_EQ(world_.signer.hashed.at(std::string(tokens->id_token->RevealText())), tokens->access_token.RevealText());
  proto::token::UserInfo::In asked;
  asked.access_token = tokens->access_token.Clone();
  const auto info = Patiently(world_.grant(), &GrantService::UserInfo, std::move(asked));
  ASSERT_TRUE(info.ok()) << ReasonOf(info);
  EXPECT_EQ(info->claims.text, R"({"sub":"sub-alice","preferred_username":"alice"})");
}

TEST_F(Authorize, I39_RefreshedTokensTellOfTheSameLogin) {
  const proto::Step alice = SignIn();
  auto tokens = Redeem(NewCode(alice));
  ASSERT_TRUE(tokens.ok() && tokens->refresh_token.has_value());
  world_.Advance(120'000);
  proto::token::Refresh::In in;
  in.client_id = wiki_.id;
  in.client_secret = wiki_.secret.Clone();
  in.refresh_token = tokens->refresh_token->Clone();
  const auto next = Patiently(world_.token(), &TokenService::Refresh, std::move(in));
  ASSERT_TRUE(next.ok()) << ReasonOf(next);
  const IdClaims& first = world_.signer.ids.at(std::string(tokens->id_token->RevealText()));
  const IdClaims& second = world_.signer.ids.at(std::string(next->id_token->RevealText()));
  EXPECT_EQ(second.auth_time, first.auth_time);
  EXPECT_EQ(second.acr, first.acr);
  EXPECT_EQ(second.amr, first.amr);
  EXPECT_EQ(second.subject, first.subject);
  EXPECT_GT(second.issued_at, first.issued_at);
  EXPECT_EQ(second.nonce, "") << "OpenID Connect Core clause 12.2";
}

TEST_F(Authorize, I30_ACodeIsRedeemedOnceAndItsGrantDiesWhenItComesAgain) {
  const proto::Step alice = SignIn();
  const std::string code = NewCode(alice);
  const auto tokens = Redeem(code);
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ(ReasonOf(Redeem(code)), "invalid_grant");
  EXPECT_FALSE(world_.store().FindGrant(tokens->grant, world_.context().Now())->live);
  EXPECT_EQ(world_.LastEntry().action, "code.reuse");
}

TEST_F(Authorize, ACodeLivesForAMinute) {
  const proto::Step alice = SignIn();
  const std::string code = NewCode(alice);
  world_.Advance(61'000);
  EXPECT_EQ(ReasonOf(Redeem(code)), "invalid_grant");
}

TEST_F(Authorize, I33_TheVerifierIsAMustWhereAChallengeWasAndRefusedWhereNoneWas) {
  const proto::Step alice = SignIn();
  EXPECT_EQ(ReasonOf(Redeem(NewCode(alice), std::nullopt)), "invalid_grant");
  EXPECT_EQ(ReasonOf(Redeem(NewCode(alice), "another-verifier-another-verifier-another-v")), "invalid_grant");
  EXPECT_EQ(ReasonOf(Redeem(NewCode(alice), "short")), "invalid_request");
  proto::ClientSettings settings;
  settings.pkce = false;
  ASSERT_TRUE(world_.Call(world_.client(), &ClientService::UpdateClient, World::Root(), {wiki_.id, settings}).ok());
  const auto plain = [&] {
    auto request = Request();
    request.code_challenge.reset();
    request.code_challenge_method.reset();
    return Value(Ask(std::move(request), &alice), "code");
  };
  EXPECT_EQ(ReasonOf(Redeem(plain(), kVerifier)), "invalid_grant");
  EXPECT_TRUE(Redeem(plain(), std::nullopt).ok());
  EXPECT_EQ(ReasonOf(Redeem(NewCode(alice), std::nullopt)), "invalid_grant") << "who sent one must answer it all the same";
}

TEST_F(Authorize, I35_ACodeIsForItsClientAndItsRedirectUriOnly) {
  const proto::Step alice = SignIn();
  proto::ClientSettings settings;
  settings.redirect_uris = {{std::string(kCallback)}};
  const App mail = world_.AddApp("mail", settings);
  const std::string code = NewCode(alice);
  EXPECT_EQ(ReasonOf(Redeem(code, kVerifier, std::string(kCallback), &mail)), "invalid_grant");
  EXPECT_EQ(ReasonOf(Redeem(code, kVerifier, "https://wiki.example.org/other")), "invalid_grant");
  EXPECT_EQ(ReasonOf(Redeem(code, kVerifier, std::nullopt)), "invalid_grant");
  EXPECT_TRUE(Redeem(code).ok()) << "what others tried did nothing to it";
}

TEST_F(Authorize, I8_ACodeDiesWithItsLogin) {
  const proto::Step alice = SignIn();
  const std::string code = NewCode(alice);
  ASSERT_TRUE(Patiently(world_.web_sessions(), &WebSessions::EndSession, {alice.session->Clone()}).ok());
  EXPECT_EQ(ReasonOf(Redeem(code)), "invalid_grant");
}

// Without a client and a redirect URI that are known, the browser is sent nowhere.
TEST_F(Authorize, I34_NothingIsRedirectedBeforeItIsKnownWhereTo) {
  const proto::Step alice = SignIn();
  const auto page = [&](std::string_view name, auto change) {
    auto request = Request();
    change(request);
    const proto::Decision decision = Ask(std::move(request), &alice);
    EXPECT_EQ(decision.outcome, proto::Decision::Outcome::kPage) << name;
    EXPECT_FALSE(decision.redirect.has_value()) << name;
    EXPECT_TRUE(decision.error.has_value()) << name;
  };
  using R = proto::AuthorizationRequest;
  page("oidcc-ensure-registered-redirect-uri", [](R& r) { r.redirect_uri = "https://wiki.example.org/callback2"; });
  page("oidcc-redirect-uri-query-mismatch", [](R& r) { r.redirect_uri = std::string(kCallback) + "?foo=bar"; });
  page("oidcc-ensure-redirect-uri-in-authorization-request", [](R& r) { r.redirect_uri.reset(); });
  page("no client_id", [](R& r) { r.client_id.reset(); });
  page("unknown client", [](R& r) { r.client_id = "client_none"; });
  page("redirect_uri twice", [](R& r) { r.duplicated = {{"redirect_uri"}}; });
  page("client_id twice", [](R& r) { r.duplicated = {{"client_id"}}; });
  page("a path below", [](R& r) { r.redirect_uri = std::string(kCallback) + "/.."; });
  page("another case", [](R& r) { r.redirect_uri = "https://WIKI.example.org/callback"; });
  page("a port on a name", [](R& r) { r.redirect_uri = "https://wiki.example.org:8443/callback"; });
  page("another loopback path", [](R& r) { r.redirect_uri = "http://127.0.0.1:5000/other"; });
  page("localhost is no literal", [](R& r) { r.redirect_uri = "http://localhost:5000/app"; });
  page("a user in the authority", [](R& r) { r.redirect_uri = "http://127.0.0.1:80@evil.example.org/app"; });
  auto request = Request();
  request.redirect_uri = "http://127.0.0.1:49152/app";
  EXPECT_EQ(Ask(std::move(request), &alice).outcome, proto::Decision::Outcome::kRedirect) << "RFC 8252 clause 7.3";
}

TEST_F(Authorize, EveryErrorHasTheCodeOfItsRfc) {
  const proto::Step alice = SignIn();
  using R = proto::AuthorizationRequest;
  const auto fails = [&](std::string_view name, std::string_view error, auto change) {
    auto request = Request();
    change(request);
    const proto::Decision decision = Ask(std::move(request), &alice);
    EXPECT_EQ(decision.outcome, proto::Decision::Outcome::kRedirect) << name;
    EXPECT_EQ(Value(decision, "error"), error) << name;
    EXPECT_EQ(Value(decision, "code"), "") << name;
    EXPECT_NE(Value(decision, "error_description"), "") << name;
    EXPECT_EQ(Value(decision, "iss"), "https://login.example.org") << name;
  };
  fails("oidcc-response-type-missing", "invalid_request", [](R& r) { r.response_type.reset(); });
  fails("response_type token", "unsupported_response_type", [](R& r) { r.response_type = "token"; });
  fails("response_type code id_token", "unsupported_response_type", [](R& r) { r.response_type = "code id_token"; });
  fails("oidcc-unsigned-request-object", "request_not_supported", [](R& r) { r.request = "e30.e30."; });
  fails("oidcc-request-uri-unsigned", "request_uri_not_supported", [](R& r) { r.request_uri = "https://wiki.example.org/r"; });
  fails("registration", "registration_not_supported", [](R& r) { r.registration = "{}"; });
  fails("I44: no code challenge", "invalid_request", [](R& r) { r.code_challenge.reset(); r.code_challenge_method.reset(); });
  fails("I33: plain", "invalid_request", [](R& r) { r.code_challenge_method = "plain"; });
  fails("I33: no method is plain", "invalid_request", [](R& r) { r.code_challenge_method.reset(); });
  fails("a challenge of another size", "invalid_request", [](R& r) { r.code_challenge = "abc"; });
  fails("no scope that is known", "invalid_scope", [](R& r) { r.scope = "admin"; });
  fails("prompt none and login", "invalid_request", [](R& r) { r.prompt = "none login"; });
  fails("an unknown prompt", "invalid_request", [](R& r) { r.prompt = "create"; });
  fails("max_age is no number", "invalid_request", [](R& r) { r.max_age = "soon"; });
  fails("a resource of others", "invalid_target", [](R& r) { r.resource = "https://vault.example.org"; });
  fails("claims are no JSON", "invalid_request", [](R& r) { r.claims = "acr"; });
  fails("an ID token of others", "invalid_request", [](R& r) { r.id_token_hint = SecretBytes("id.none"); });
  fails("state twice", "invalid_request", [](R& r) { r.duplicated = {{"state"}}; });
  fails("response_mode fragment", "invalid_request", [](R& r) { r.response_mode = "fragment"; });
  fails("an acr that cannot be", "unmet_authentication_requirements",
        [](R& r) { r.claims = R"({"id_token":{"acr":{"essential":true,"values":["urn:none"]}}})"; });
}

TEST_F(Authorize, PromptAndMaxAgeAskForALoginOfThisRequest) {
  auto none = Request();
  none.prompt = "none";
  EXPECT_EQ(Value(Ask(std::move(none)), "error"), "login_required") << "oidcc-prompt-none-not-logged-in";
  const proto::Step alice = SignIn();
  none = Request();
  none.prompt = "none";
  EXPECT_NE(Value(Ask(std::move(none), &alice), "code"), "") << "oidcc-prompt-none-logged-in";
  const auto login = [&](const proto::Step& by, const SecretBytes* attempt, std::string state = "s-1") {
    auto request = Request();
    request.prompt = "login";
    request.state = std::move(state);
    return Ask(std::move(request), &by, attempt);
  };
  const proto::Decision again = login(alice, nullptr);
  EXPECT_EQ(again.outcome, proto::Decision::Outcome::kLogin) << "oidcc-prompt-login";
  EXPECT_EQ(again.fresh, true);
  const proto::Step newer = SignIn(200);
  EXPECT_NE(Value(login(newer, &newer.attempt), "code"), "");
  EXPECT_EQ(login(newer, &newer.attempt, "another request").outcome, proto::Decision::Outcome::kLogin) << "it was for one request";
  world_.Advance(15'000);
  auto aged = Request();
  aged.max_age = "10";
  EXPECT_EQ(Ask(std::move(aged), &newer).outcome, proto::Decision::Outcome::kLogin) << "oidcc-max-age-1";
  aged = Request();
  aged.max_age = "10000";
  EXPECT_NE(Value(Ask(std::move(aged), &newer), "code"), "") << "oidcc-max-age-10000";
}

// OpenID Connect Core clause 3.1.2.2: with another's session there is neither code nor token.
TEST_F(Authorize, AUserThatClaimsAskForIsTheOnlyOneWhoGetsACode) {
  const proto::Step alice = SignIn();
  const auto ask = [&](const std::string& sub, std::optional<std::string> prompt, const SecretBytes* attempt = nullptr) {
    auto request = Request();
    request.claims = R"({"id_token":{"sub":{"value":")" + sub + R"("}}})";
    request.prompt = std::move(prompt);
    return Ask(std::move(request), &alice, attempt);
  };
  EXPECT_NE(Value(ask("sub-alice", std::nullopt), "code"), "");
  EXPECT_EQ(Value(ask("sub-bob", "none"), "error"), "login_required");
  const proto::Decision login = ask("sub-bob", std::nullopt);
  EXPECT_EQ(login.outcome, proto::Decision::Outcome::kLogin);
  EXPECT_EQ(login.fresh, true);
  EXPECT_EQ(Value(ask("sub-bob", std::nullopt, &alice.attempt), "error"), "access_denied") << "alice signed in once more";
}

TEST_F(Authorize, I39_AnEssentialClassThatIsNotMetFails) {
  auto known = Password(*Identify(Begin(), "alice"), "wonderland");
  auto weak = Code(*known, world_.Code("phone"));
  ASSERT_TRUE(weak.ok() && weak->session.has_value());
  const auto essential = [&](const proto::Step& by, const SecretBytes* attempt) {
    auto request = Request();
    request.claims = R"({"id_token":{"acr":{"essential":true,"values":["phr"]}}})";
    return Ask(std::move(request), &by, attempt);
  };
  const proto::Decision stronger = essential(*weak, nullptr);
  EXPECT_EQ(stronger.outcome, proto::Decision::Outcome::kLogin);
  EXPECT_EQ(stronger.acr, "phr");
  EXPECT_EQ(Value(essential(*weak, &weak->attempt), "error"), "unmet_authentication_requirements");
  const proto::Step strong = SignIn(300);
  EXPECT_NE(Value(essential(strong, nullptr), "code"), "");
}

TEST_F(Authorize, OthersAreAskedForConsentOnce) {
  proto::ClientSettings settings;
  settings.third_party = true;
  ASSERT_TRUE(world_.Call(world_.client(), &ClientService::UpdateClient, World::Root(), {wiki_.id, settings}).ok());
  const proto::Step alice = SignIn();
  const proto::Decision asked = Ask(Request(), &alice);
  ASSERT_EQ(asked.outcome, proto::Decision::Outcome::kConsent);
  EXPECT_EQ(asked.client_name, "wiki");
  auto none = Request();
  none.prompt = "none";
  EXPECT_EQ(Value(Ask(std::move(none), &alice), "error"), "consent_required");
  const auto answer = [&](bool allow) {
    proto::web::Consent::In in;
    in.session = alice.session->Clone();
    in.request = Request();
    in.allow = allow;
    auto out = Patiently(world_.authorize(), &AuthorizeService::Consent, std::move(in));
    return out.ok() ? std::move(out->decision) : proto::Decision();
  };
  EXPECT_EQ(Value(answer(false), "error"), "access_denied");
  EXPECT_NE(Value(answer(true), "code"), "");
  EXPECT_NE(Value(Ask(Request(), &alice), "code"), "") << "remembered";
  auto more = Request();
  more.scope = "openid profile groups";
  EXPECT_EQ(Ask(std::move(more), &alice).outcome, proto::Decision::Outcome::kConsent) << "for what was asked then";
}

TEST_F(Authorize, AnAppForAGroupIsForNobodyElse) {
  proto::ClientSettings settings;
  settings.user_groups = {{"wheel"}};
  ASSERT_TRUE(world_.Call(world_.client(), &ClientService::UpdateClient, World::Root(), {wiki_.id, settings}).ok());
  const proto::Step alice = SignIn();
  EXPECT_EQ(Value(Ask(Request(), &alice), "error"), "access_denied");
  settings.user_groups = {{"staff"}};
  ASSERT_TRUE(world_.Call(world_.client(), &ClientService::UpdateClient, World::Root(), {wiki_.id, settings}).ok());
  EXPECT_NE(Value(Ask(Request(), &alice), "code"), "");
}

TEST_F(Authorize, PublicClientsHaveTheirVerifierAndNothingElse) {
  proto::ClientSettings settings;
  settings.redirect_uris = {{std::string(kCallback)}};
  settings.auth_method = proto::ClientSettings::AuthMethod::kNone;
  const App app = world_.AddApp("app", settings);
  EXPECT_TRUE(app.secret.empty());
  const proto::Step alice = SignIn();
  auto request = Request();
  request.client_id = app.id;
  const std::string code = Value(Ask(std::move(request), &alice), "code");
  EXPECT_EQ(ReasonOf(Redeem(code, std::nullopt, std::string(kCallback), &app)), "invalid_grant");
  EXPECT_TRUE(Redeem(code, kVerifier, std::string(kCallback), &app).ok());
  App pretender = {wiki_.id, SecretBytes()};
  EXPECT_EQ(ReasonOf(Redeem(code, kVerifier, std::string(kCallback), &pretender)), "invalid_client") << "wiki has a secret";
  proto::token::Introspect::In in;
  in.client_id = app.id;
  in.token = SecretBytes("x");
  EXPECT_EQ(ReasonOf(Patiently(world_.grant(), &GrantService::Introspect, std::move(in))), "unauthorized_client");
}

TEST_F(Authorize, LogoutLeadsToRegisteredPlacesOnly) {
  const proto::Step alice = SignIn();
  const auto tokens = Redeem(NewCode(alice));
  ASSERT_TRUE(tokens.ok());
  const auto logout = [&](bool hint, std::optional<std::string> uri, bool confirmed = false) {
    proto::web::Logout::In in;
    in.session = alice.session->Clone();
    if (hint) in.id_token_hint = tokens->id_token->Clone();
    in.post_logout_redirect_uri = std::move(uri);
    in.state = "a b&c";
    in.confirmed = confirmed;
    return Patiently(world_.authorize(), &AuthorizeService::Logout, std::move(in));
  };
  const auto asked = logout(false, "https://wiki.example.org/bye");
  ASSERT_TRUE(asked.ok());
  EXPECT_TRUE(asked->confirm) << "oidcc-rp-initiated-logout-no-id-token-hint";
  EXPECT_TRUE(Show(*alice.session).ok());
  const auto done = logout(true, "https://wiki.example.org/bye");
  ASSERT_TRUE(done.ok());
  EXPECT_FALSE(done->confirm);
  EXPECT_EQ(done->redirect_uri, "https://wiki.example.org/bye?state=a%20b%26c");
  EXPECT_EQ(ReasonOf(Show(*alice.session)), "session");
  const auto elsewhere = logout(true, "https://evil.example.org/");
  ASSERT_TRUE(elsewhere.ok());
  EXPECT_FALSE(elsewhere->redirect_uri.has_value()) << "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri";
  const auto unnamed = logout(false, "https://wiki.example.org/bye", true);
  ASSERT_TRUE(unnamed.ok());
  EXPECT_FALSE(unnamed->redirect_uri.has_value()) << "oidcc-rp-initiated-logout-no-params";
}

TEST_F(Authorize, MachinesCostNoWritePerToken) {
  proto::ClientSettings settings;
  settings.audiences = {{"api"}};
  settings.machine = true;
  const App robot = world_.AddApp("robot", settings);
  const auto get = [&] {
    proto::token::ClientCredentials::In in;
    in.client_id = robot.id;
    in.client_secret = robot.secret.Clone();
    return Patiently(world_.token(), &TokenService::ClientCredentials, std::move(in));
  };
  const auto first = get();
  ASSERT_TRUE(first.ok()) << ReasonOf(first);
  const size_t entries = world_.Trail().size();
  const auto second = get();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->grant, first->grant);
  EXPECT_EQ(world_.Trail().size(), entries);
  // I31: and yet revoked at once.
  proto::token::RevokeGrants::In revoke;
  revoke.grant = first->grant;
  ASSERT_TRUE(world_.Call(world_.grant(), &GrantService::RevokeGrants, testing::World::Root(), std::move(revoke)).ok());
  proto::token::Verify::In in;
  in.access_token = second->access_token.Clone();
  EXPECT_FALSE(Patiently(world_.grant(), &GrantService::Verify, std::move(in))->active);
  EXPECT_NE(get()->grant, first->grant);
}

TEST(RedirectUri, WhatMayBeRegistered) {
  for (const char* good : {"https://app.example.org/callback", "https://app.example.org:8443/c?x=1", "http://localhost/c",
                           "http://127.0.0.1/c", "http://[::1]/c", "org.example.app:/callback"}) {
    EXPECT_TRUE(CheckRedirectUri(good).ok()) << good;
  }
  for (const char* bad : {"http://app.example.org/c", "https://app.example.org/c#x", "https://App.example.org/c", "//app.example.org/c",
                          "https://a@app.example.org/c", "javascript:alert(1)", "data:text/html,x", "https:///c", "https://app.example.org:x/c",
                          "https://app.example.org\\@evil/c", "callback", "", "org.example.app:/a b", "org.example.app:/a\r\nb",
                          "org.example.app:/\"", "org.example.app:/\xc3\xa9"}) {
    EXPECT_FALSE(CheckRedirectUri(bad).ok()) << bad;
  }
  EXPECT_FALSE(CheckRedirectUri("org.example.app:/" + std::string(2048, 'a')).ok());
  EXPECT_EQ(OriginOf("https://app.example.org:443/c?x#y"), "https://app.example.org");
  EXPECT_EQ(OriginOf("http://127.0.0.1:8080/"), "http://127.0.0.1:8080");
  EXPECT_EQ(OriginOf("ftp://app.example.org/"), "");
}

}  // namespace
}  // namespace fob::core
