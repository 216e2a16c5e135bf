// What went wrong elsewhere with web tokens, over HTTP.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/functional/web_e2e/web_end_to_end.h"

namespace fob::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Rules : public WebEndToEnd {};

TEST_F(Rules, I31_RevokedIsInactiveAtOnceJwtsToo) {
  const App app = AddWebApp("app");
  const HttpAnswer tokens = Redeem(app, Code(app));
  const std::string access = Member(tokens, "access_token");
  EXPECT_TRUE(Active(app, access));
  HttpClient client(socket_.port());
  EXPECT_EQ(200, client.Post("/revoke", FormOf({{"token", Member(tokens, "refresh_token")}}),
                             {{"Authorization", Basic(app.id, std::string(app.secret.RevealText()))}}).status);
  EXPECT_FALSE(Active(app, access));
  EXPECT_EQ(401, client.Get("/userinfo", {{"Authorization", "Bearer " + access}}).status);
}

TEST_F(Rules, I32_RevokingOneGrantLeavesAnotherAlone) {
  const App one = AddWebApp("one"), two = AddWebApp("two");
  const std::string first = Member(Redeem(one, Code(one)), "refresh_token"), second = Member(Redeem(two, Code(two)), "access_token");
  HttpClient client(socket_.port());
  client.Post("/revoke", FormOf({{"token", first}}), {{"Authorization", Basic(one.id, std::string(one.secret.RevealText()))}});
  EXPECT_TRUE(Active(two, second));
}

TEST_F(Rules, I33_AStoredChallengeMakesTheVerifierMandatory) {
  const App app = AddWebApp("app");
  EXPECT_EQ("invalid_grant", Member(Redeem(app, Code(app), {{"code_verifier", ""}}), "error"));
  EXPECT_EQ("invalid_grant", Member(Redeem(app, Code(app), {{"code_verifier", std::string(43, 'a')}}), "error"));
  EXPECT_EQ("invalid_request", Returned(Authorize(browser_, Request(app, {{"code_challenge_method", "plain"}})))["error"]);
  EXPECT_EQ("invalid_request", Returned(Authorize(browser_, Request(app, {{"code_challenge_method", ""}})))["error"]);
}

TEST_F(Rules, I33_AVerifierWithoutAChallengeIsRefused) {
  proto::ClientSettings settings;
  settings.pkce = false;
  const App app = AddWebApp("old", std::move(settings));
  const std::string code = Code(app, {{"code_challenge", ""}, {"code_challenge_method", ""}});
  EXPECT_EQ("invalid_grant", Member(Redeem(app, code), "error"));
}

TEST_F(Rules, I34_RedirectUrisAreComparedByteByByte) {
  const App app = AddWebApp("app");
  for (const std::string uri : {"https://app.example.org/callback/", "https://app.example.org/callback?x", "https://APP.example.org/callback",
                                "https://app.example.org:443/callback", "http://app.example.org/callback",
                                "https://app.example.org/callback#x", "https://app.example.org/%63allback", "https://evil.example.org/"}) {
    const HttpAnswer answer = Authorize(browser_, Request(app, {{"redirect_uri", uri}}));
    EXPECT_EQ(400, answer.status) << uri;
    EXPECT_EQ("", answer.Field("location")) << uri;
  }
}

TEST_F(Rules, I34_AnyPortIsForLoopbackLiteralsAlone) {
  proto::ClientSettings settings;
  settings.redirect_uris = {{"http://127.0.0.1/cb", "http://localhost:7000/cb"}};
  const App app = AddWebApp("native", std::move(settings));
  EXPECT_EQ(200, Authorize(browser_, Request(app, {{"redirect_uri", "http://127.0.0.1:49152/cb"}})).status);
  EXPECT_EQ(400, Authorize(browser_, Request(app, {{"redirect_uri", "http://localhost:7001/cb"}})).status);
  EXPECT_EQ(400, Authorize(browser_, Request(app, {{"redirect_uri", "http://127.0.0.2:49152/cb"}})).status);
}

TEST_F(Rules, I35_ACodeIsItsClientsAndItsRedirectUris) {
  const App app = AddWebApp("app"), other = AddWebApp("other");
  EXPECT_EQ("invalid_grant", Member(Redeem(other, Code(app)), "error"));
  EXPECT_EQ("invalid_grant", Member(Redeem(app, Code(app), {{"redirect_uri", "https://app.example.org/other"}}), "error"));
}

TEST_F(Rules, I36_ATicketIsOneClientsAndLivesSeconds) {
  const App app = AddApp("app", {"api"}, {"read"}), other = AddApp("other", {"api"}, {"read"});
  LogIn();
  const auto exchange = [&](const App& as, const SecretBytes& ticket) {
    return Member(Token(as, {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                             {"subject_token", std::string(ticket.RevealText())},
                             {"subject_token_type", "urn:ietf:params:oauth:token-type:fob-ticket"}}), "error");
  };
  const auto first = Ticket(app);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ("invalid_request", exchange(other, first->ticket)) << "RFC 8693 clause 2.2.2";
  const auto second = Ticket(app);
  ASSERT_TRUE(second.ok());
  daemon_.Advance(60);
  EXPECT_EQ("invalid_request", exchange(app, second->ticket));
}

TEST_F(Rules, I37_ExchangeIsDeniedUnlessTheClientMay) {
  LogIn();
  // An app that people sign in to gets no ticket unless it is registered for them.
  const auto none = Ticket(AddWebApp("page"));
  EXPECT_EQ("unauthorized_client", ReasonOf(none));
  proto::ClientSettings settings;
  settings.tickets = true;
  const App app = AddWebApp("app", settings);
  const auto exchange = [&](const SecretBytes& ticket) {
    return Token(app, {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                       {"subject_token", std::string(ticket.RevealText())},
                       {"subject_token_type", "urn:ietf:params:oauth:token-type:fob-ticket"}});
  };
  const auto good = Ticket(app), late = Ticket(app);
  ASSERT_TRUE(good.ok() && late.ok());
  EXPECT_EQ(200, exchange(good->ticket).status);
  // And what it may not do any more, no ticket of before does.
  settings.tickets = false;
  ASSERT_TRUE(daemon_.Call<proto::admin::UpdateClient>({app.id, settings}).ok());
  EXPECT_EQ("unauthorized_client", Member(exchange(late->ticket), "error"));
}

TEST_F(Rules, I38_WhatOthersSignedIsInactive) {
  const App app = AddWebApp("app");
  const std::string good = Member(Redeem(app, Code(app)), "access_token");
  const std::string payload = good.substr(good.find('.'));
  const std::string unsigned_payload = payload.substr(0, payload.rfind('.') + 1);
  EXPECT_TRUE(Active(app, good));
  EXPECT_FALSE(Active(app, "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0" + unsigned_payload));       // alg none
  EXPECT_FALSE(Active(app, "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9" + payload));                // HS256
  EXPECT_FALSE(Active(app, good + "A"));
  EXPECT_FALSE(Active(app, good + "="));
}

TEST_F(Rules, I39_EvidenceStaysWhatItWasAndAnEssentialClassIsMetOrFails) {
  const App app = AddWebApp("app");
  const HttpAnswer first = Redeem(app, Code(app));
  const auto claims = ClaimsOf(Member(first, "id_token"));
  daemon_.Advance(600);
  const HttpAnswer next = Token(app, {{"grant_type", "refresh_token"}, {"refresh_token", Member(first, "refresh_token")}});
  ASSERT_EQ(200, next.status) << next.body;
  const auto later = ClaimsOf(Member(next, "id_token"));
  for (const char* name : {"auth_time", "amr", "acr", "sub"}) EXPECT_EQ(claims.at(name), later.at(name)) << name;
  const HttpAnswer refused = Authorize(browser_, Request(app, {{"claims", R"({"id_token":{"acr":{"essential":true,"values":["phrh"]}}})"},
                                                               {"prompt", "none"}}));
  EXPECT_NE("", Returned(refused)["error"]);
}

TEST_F(Rules, I40_ResponsesCarryTheIssuer) {
  const App app = AddWebApp("app");
  Code(app);
  EXPECT_EQ(issuer(), Returned(Authorize(browser_, Request(app)))["iss"]);
  EXPECT_EQ(issuer(), Returned(Authorize(browser_, Request(app, {{"scope", "nonsense"}})))["iss"]) << "errors, too";
}

TEST_F(Rules, I41_NoBearerValueIsInTheStore) {
  const App app = AddWebApp("app");
  const std::string code = Code(app);
  const HttpAnswer tokens = Redeem(app, code);
  daemon_.Stop();
  const std::string values[] = {code, Member(tokens, "access_token"), Member(tokens, "refresh_token"), browser_.cookies["__Host-fob"]};
  for (const auto& file : std::filesystem::recursive_directory_iterator(daemon_.Path("state"))) {
    if (!file.is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(file.path(), std::ios::binary).rdbuf();
    for (const std::string& value : values) {
      ASSERT_FALSE(value.empty());
      EXPECT_EQ(std::string::npos, text.str().find(value)) << file.path();
    }
  }
}

TEST_F(Rules, I43_TheNextKeyIsPublishedBeforeItSigns) {
  const App app = AddWebApp("app");
  const std::string before = Member(Redeem(app, Code(app)), "id_token");
  ASSERT_TRUE(daemon_.Call<proto::admin::RotateSigningKey>({}).ok());
  webd_->Kill();  // what it keeps for seconds goes with it
  webd_->Start();
  const auto keys = boost::json::parse(browser_.Get("/jwks").body).as_object().at("keys").as_array();
  int es256 = 0;
  for (const auto& key : keys) es256 += key.as_object().at("alg") == "ES256" ? 1 : 0;
  EXPECT_EQ(2, es256);
  const std::string after = Member(Redeem(app, Code(app)), "id_token");
  EXPECT_EQ(before.substr(0, before.find('.')), after.substr(0, after.find('.'))) << "the old one signs on";
}

TEST_F(Rules, I44_PkceIsAskedOfEveryClientButThoseExcepted) {
  const App app = AddWebApp("app");
  const Parameters without = {{"code_challenge", ""}, {"code_challenge_method", ""}};
  EXPECT_EQ("invalid_request", Returned(Authorize(browser_, Request(app, without)))["error"]);
  proto::ClientSettings settings;
  settings.pkce = false;
  const App old = AddWebApp("old", std::move(settings));
  EXPECT_EQ(200, Redeem(old, Code(old, without), {{"code_verifier", ""}}).status);
}

}  // namespace
}  // namespace fob::testing
