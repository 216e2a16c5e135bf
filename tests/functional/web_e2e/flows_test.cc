// What an app and a person do, over HTTP, when all is well.
#include <unistd.h>

#include <fstream>

#include "tests/functional/web_e2e/web_end_to_end.h"

namespace fob::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Flows : public WebEndToEnd {
 protected:
  static std::string SecretOf(const App& app) { return std::string(app.secret.RevealText()); }
  HttpAnswer PostAs(const App& app, const std::string& path, const Parameters& form) {
    HttpClient client(socket_.port());
    return client.Post(path, FormOf(form), {{"Authorization", Basic(app.id, SecretOf(app))}});
  }
  HttpAnswer UserInfo(const std::string& access_token) {
    HttpClient client(socket_.port());
    return client.Get("/userinfo", {{"Authorization", "Bearer " + access_token}});
  }
};

TEST_F(Flows, ACodeBecomesTokensThatLiveUntilTheyAreRevoked) {
  const App app = AddWebApp("app");
  const HttpAnswer tokens = Redeem(app, Code(app));
  ASSERT_EQ(200, tokens.status) << tokens.body;
  EXPECT_EQ("Bearer", Member(tokens, "token_type"));
  EXPECT_EQ("no-store", tokens.Field("cache-control"));
  const auto id = ClaimsOf(Member(tokens, "id_token"));
  EXPECT_EQ(issuer(), id.at("iss").as_string());
  EXPECT_EQ(app.id, id.at("aud").as_string());
  EXPECT_EQ("n1", id.at("nonce").as_string());
  const HttpAnswer info = UserInfo(Member(tokens, "access_token"));
  EXPECT_EQ(200, info.status) << info.body;
  EXPECT_EQ(id.at("sub").as_string(), Member(info, "sub"));
  EXPECT_EQ(Me(), Member(info, "preferred_username"));
  EXPECT_TRUE(Active(app, Member(tokens, "access_token")));

  const HttpAnswer next = Token(app, {{"grant_type", "refresh_token"}, {"refresh_token", Member(tokens, "refresh_token")}});
  ASSERT_EQ(200, next.status) << next.body;
  EXPECT_NE(Member(tokens, "refresh_token"), Member(next, "refresh_token"));
  EXPECT_EQ(200, PostAs(app, "/revoke", {{"token", Member(next, "refresh_token")}}).status);
  EXPECT_FALSE(Active(app, Member(next, "access_token")));
  EXPECT_EQ(401, UserInfo(Member(next, "access_token")).status);
}

TEST_F(Flows, ALinuxLoginBecomesTokensByItsTicket) {
  const App app = AddApp("app", {"api"}, {"read"});
  LogIn();
  const auto ticket = Ticket(app);
  ASSERT_TRUE(ticket.ok()) << ticket.error().text;
  const HttpAnswer tokens = Token(app, {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                                        {"subject_token", std::string(ticket->ticket.RevealText())},
                                        {"subject_token_type", "urn:ietf:params:oauth:token-type:fob-ticket"}});
  ASSERT_EQ(200, tokens.status) << tokens.body;
  EXPECT_EQ("urn:ietf:params:oauth:token-type:access_token", Member(tokens, "issued_token_type"));
  EXPECT_EQ("api", ClaimsOf(Member(tokens, "access_token")).at("aud").as_string());
  EXPECT_TRUE(Active(app, Member(tokens, "access_token")));
}

TEST_F(Flows, AMachineGetsATokenOfItsOwn) {
  proto::ClientSettings settings;
  settings.machine = true;
  settings.audiences = {{"api"}};
  settings.scopes = {{"read"}};
  const App app = AddApp("machine", std::move(settings));
  const HttpAnswer basic = Token(app, {{"grant_type", "client_credentials"}, {"scope", "read"}});
  ASSERT_EQ(200, basic.status) << basic.body;
  EXPECT_EQ(app.id, ClaimsOf(Member(basic, "access_token")).at("sub").as_string());
  HttpClient client(socket_.port());
  const Parameters form = {{"grant_type", "client_credentials"}, {"client_id", app.id}, {"client_secret", SecretOf(app)}};
  EXPECT_EQ(200, client.Post("/token", FormOf(form)).status);
  const App other = AddWebApp("web");
  EXPECT_EQ("unauthorized_client", Member(Token(other, {{"grant_type", "client_credentials"}}), "error"));
}

TEST_F(Flows, APublicClientNeedsNoSecretAndCannotDoWithoutAVerifier) {
  proto::ClientSettings settings;
  settings.auth_method = proto::ClientSettings::AuthMethod::kNone;
  const App app = AddWebApp("native", std::move(settings));
  const auto redeem = [&](const Parameters& more) {
    Parameters form = {{"grant_type", "authorization_code"}, {"code", Code(app)}, {"redirect_uri", kCallback}, {"client_id", app.id}};
    form.insert(more.begin(), more.end());
    HttpClient client(socket_.port());
    return client.Post("/token", FormOf(form));
  };
  EXPECT_EQ(200, redeem({{"code_verifier", kVerifier}}).status);
  EXPECT_EQ("invalid_grant", Member(redeem({}), "error"));
  EXPECT_EQ("invalid_client", Member(redeem({{"code_verifier", kVerifier}, {"client_secret", "made-up"}}), "error"));
}

TEST_F(Flows, TheAccountShowsWhatThereIsAndEndsALogin) {
  const App app = AddWebApp("Wiki");
  Redeem(app, Code(app));
  const HttpAnswer page = browser_.Get("/account");
  EXPECT_THAT(page.body, ::testing::AllOf(HasSubstr("Signed in as <strong>" + Me()), HasSubstr("this browser"), HasSubstr("Wiki"),
                                          HasSubstr("Signed in to an app")));
  EXPECT_EQ("/account?note=app-revoked", browser_.Submit("/account/app/revoke", "grant=" + HiddenField(page.body, "grant")).Field("location"));
  EXPECT_THAT(browser_.Get("/account").body, HasSubstr("No app holds anything"));
  EXPECT_EQ(303, browser_.Submit("/account/login/end", "login=" + HiddenField(page.body, "login")).status);
  EXPECT_THAT(browser_.Get("/account").body, Not(HasSubstr("Signed in as"))) << "the session ended with its login";
}

TEST_F(Flows, AChangeOfFactorsNeedsASignInOfTheLastMinutes) {
  const App app = AddWebApp("app");
  Code(app);
  EXPECT_THAT(browser_.Submit("/account/code/new", "name=tablet").body, HasSubstr("Add an authenticator app"));
  daemon_.Advance(600);
  const HttpAnswer late = browser_.Submit("/account/code/new", "name=tablet");
  EXPECT_THAT(late.body, HasSubstr("sign in again first"));
  EXPECT_THAT(late.body, Not(HasSubstr("otpauth")));
}

TEST_F(Flows, ASessionEndsWithItsLoginAndIsNewAtEachSignIn) {
  const App app = AddWebApp("app");
  Code(app);
  const std::string first = browser_.cookies["__Host-fob"];
  Code(app, {{"prompt", "login"}});
  const std::string second = browser_.cookies["__Host-fob"];
  EXPECT_NE(first, second);
  const auto logins = daemon_.Call<proto::login::List>({});
  ASSERT_TRUE(logins.ok());
  for (const auto& login : logins->logins) {
    ASSERT_TRUE(daemon_.Call<proto::login::End>({login.login, std::nullopt, std::nullopt}).ok());
  }
  EXPECT_EQ("login_required", Returned(Authorize(browser_, Request(app, {{"prompt", "none"}})))["error"]);
}

// As installed: an account of its own, which fobd trusts with browsers and nothing else.
uid_t GatewayUid() { return ::geteuid() == 0 ? 1 : 0; }

class OwnAccount : public WebEndToEnd {
 protected:
  OwnAccount() : WebEndToEnd(GatewayUid()) {
    if (GatewayUid() == 0) return;
    EXPECT_EQ(GatewayUid(), UidOf(webd_->pid()));
  }
  static uid_t UidOf(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("Uid:")) return static_cast<uid_t>(std::stoul(line.substr(5)));
    }
    return 0;
  }
};

TEST_F(OwnAccount, TheGatewayNeedsNoTrustForItsWork) {
  if (GatewayUid() == 0) GTEST_SKIP() << "another uid takes root";
  const App app = AddWebApp("app");
  const HttpAnswer tokens = Redeem(app, Code(app));
  ASSERT_EQ(200, tokens.status) << tokens.body;
  EXPECT_TRUE(Active(app, Member(tokens, "access_token")));
  HttpClient client(socket_.port());
  EXPECT_EQ(200, client.Get("/userinfo", {{"Authorization", "Bearer " + Member(tokens, "access_token")}}).status);
  const HttpAnswer next = Token(app, {{"grant_type", "refresh_token"}, {"refresh_token", Member(tokens, "refresh_token")}});
  EXPECT_EQ(200, next.status) << next.body;
  EXPECT_THAT(browser_.Get("/account").body, HasSubstr("Signed in as <strong>" + Me()));
  EXPECT_THAT(browser_.Submit("/account/recovery", "x=y").body, HasSubstr("Your recovery codes"));
  EXPECT_EQ(200, browser_.Get("/jwks").status);
  EXPECT_THAT(browser_.Submit("/logout", "confirmed=yes").body, HasSubstr("You are signed out"));
}

}  // namespace
}  // namespace fob::testing
