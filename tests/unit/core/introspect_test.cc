// Whether a token lives, and what kills it: opaque ones and JWTs alike.

#include "tests/unit/core/token_fixture.h"

namespace fob::core {
namespace {

using testing::Dialogue;
using testing::kAliceUid;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Tokens : public TokenLife {
 protected:
  Tokens() {
    login_ = world_.LoggedIn();
    jwt_ = world_.AddApp("jwts", Refreshing());
    opaque_ = world_.AddApp("opaques", Refreshing(Opaque()));
  }
  proto::LoginInfo login_;
  App jwt_, opaque_;
};

TEST_F(Tokens, AnOpaqueTokenSaysTheSameAsAJwt) {
  const auto one = Get(jwt_);
  const auto two = Get(opaque_);
  EXPECT_THAT(std::string(two.access_token.RevealText()), StartsWith("at_"));
  EXPECT_GE(two.access_token.size(), 46u) << "256 bits";
  const auto jwt = Introspect(jwt_, one.access_token)->info;
  const auto opaque = Introspect(opaque_, two.access_token)->info;
  ASSERT_TRUE(jwt.has_value() && opaque.has_value());
  for (const auto& info : {*jwt, *opaque}) {
    EXPECT_EQ(info.iss, "https://login.example.org");
    EXPECT_EQ(info.sub, "sub-alice");
    EXPECT_EQ(info.aud, "api");
    EXPECT_EQ(info.token_type, "Bearer");
    EXPECT_EQ(info.scope, "read write groups");
    EXPECT_EQ(info.username, "alice");
    EXPECT_EQ(info.auth_time, login_.authenticated_at);
    EXPECT_EQ(info.acr, "mfa");
    EXPECT_THAT(info.amr.value(), ElementsAre("pwd", "otp", "mfa"));
    EXPECT_EQ(info.sid, login_.login);
    EXPECT_EQ(info.exp - info.iat.value(), 300);
  }
  EXPECT_EQ(jwt->client_id, jwt_.id);
  EXPECT_TRUE(jwt->jti.has_value());
  const auto verified = Verify(two.access_token);
  EXPECT_TRUE(verified.active);
  EXPECT_FALSE(verified.claims.has_value());
  EXPECT_EQ(verified.info->sub, "sub-alice");
}

TEST_F(Tokens, I37_AreSeenByTheirClientAndTheirAudienceAlone) {
  const App other = world_.AddApp("other", Settings());
  auto settings = Settings({"unrelated"});
  settings.serves = {{"api"}};
  const App api = world_.AddApp("api", settings);
  for (const App* app : {&jwt_, &opaque_}) {
    const auto tokens = Get(*app);
    EXPECT_TRUE(Introspect(*app, tokens.access_token)->active);
    EXPECT_TRUE(Introspect(api, tokens.access_token)->active) << "it is for it";
    const auto hidden = Introspect(other, tokens.access_token);
    EXPECT_FALSE(hidden->active) << "that it may get such tokens itself is another matter";
    EXPECT_FALSE(hidden->info.has_value());
    EXPECT_TRUE(Introspect(*app, *tokens.refresh_token)->active);
    EXPECT_FALSE(Introspect(api, *tokens.refresh_token)->active) << "a refresh token is its client's";
    EXPECT_EQ(ReasonOf(Introspect({app->id, SecretBytes("wrong")}, tokens.access_token)), "invalid_client");
    EXPECT_EQ(ReasonOf(Introspect({"nobody", SecretBytes("wrong")}, tokens.access_token)), "invalid_client");
  }
  EXPECT_FALSE(Introspect(opaque_, SecretBytes("at_guess"))->active);
  EXPECT_FALSE(Introspect(opaque_, SecretBytes("rt_guess"))->active);
  EXPECT_FALSE(Introspect(opaque_, SecretBytes())->active);
}

TEST_F(Tokens, I31_RevokedIsRevokedOnEveryPath) {
  const auto by = [this](auto kill) {
    for (const App* app : {&jwt_, &opaque_}) {
      const auto tokens = Get(*app);
      ASSERT_TRUE(Active(*app, tokens.access_token));
      kill(*app, tokens);
      EXPECT_FALSE(Active(*app, tokens.access_token)) << "introspected and verified";
      EXPECT_FALSE(Verify(tokens.access_token).why.value_or("").empty());
    }
  };
  by([&](const App& app, const auto& t) { EXPECT_TRUE(RevokeAs(kWeb, t.access_token, &app).ok()); });
  by([&](const App&, const auto& t) { EXPECT_EQ(RevokeAs(World::Alice(), t.access_token)->revoked, true); });
  by([&](const App&, const auto& t) { EXPECT_TRUE(RevokeAs(World::Root(), t.access_token).ok()); });
  by([&](const App& app, const auto& t) { EXPECT_TRUE(RevokeAs(kWeb, *t.refresh_token, &app).ok()); });
  const auto revoke = [&](proto::token::RevokeGrants::In in) {
    return world_.Call(world_.grant(), &GrantService::RevokeGrants, World::Root(), std::move(in)).ok();
  };
  by([&](const App&, const auto& t) { EXPECT_TRUE(revoke({t.grant, {}, {}, {}, {}})); });
  by([&](const App&, const auto&) { EXPECT_TRUE(revoke({{}, login_.login, {}, {}, {}})); });
  by([&](const App& app, const auto&) { EXPECT_TRUE(revoke({{}, {}, app.id, {}, {}})); });
  by([&](const App&, const auto&) { EXPECT_TRUE(revoke({{}, {}, {}, "alice", {}})); });
  by([&](const App& app, const auto&) {
    proto::ClientSettings settings;
    settings.audiences = {{"another"}};
    Update(app, settings);
  });
  for (const App* app : {&jwt_, &opaque_}) Update(*app, Settings());
  const auto jwt = Get(jwt_);
  const auto opaque = Get(opaque_);
  ASSERT_TRUE(world_.Call(world_.login(), &LoginService::End, World::Root(), {login_.login, {}, {}}).ok());
  EXPECT_FALSE(Active(jwt_, jwt.access_token));
  EXPECT_FALSE(Active(opaque_, opaque.access_token));
}

TEST_F(Tokens, I31_ARemovedClientTakesItsTokensAlong) {
  auto settings = Settings({"unrelated"});
  settings.serves = {{"api"}};
  const App api = world_.AddApp("api", settings);
  for (const App* app : {&jwt_, &opaque_}) {
    const auto tokens = Get(*app);
    ASSERT_TRUE(Active(api, tokens.access_token));
    ASSERT_TRUE(world_.Call(world_.client(), &ClientService::RemoveClient, World::Root(), {app->id}).ok());
    EXPECT_FALSE(Active(api, tokens.access_token));
  }
}

TEST_F(Tokens, I32_RevokingOneTouchesNoOther) {
  for (const App* app : {&jwt_, &opaque_}) {
    const auto one = Get(*app);
    const auto two = Get(*app);
    const auto next = Refresh(*app, *one.refresh_token);
    ASSERT_TRUE(RevokeAs(kWeb, one.access_token, app).ok());
    EXPECT_FALSE(Active(*app, one.access_token));
    EXPECT_TRUE(Active(*app, next->access_token)) << "another token of the same grant";
    EXPECT_TRUE(Active(*app, two.access_token)) << "another grant of the same login and client";
    ASSERT_TRUE(RevokeAs(kWeb, *next->refresh_token, app).ok());
    EXPECT_FALSE(Active(*app, next->access_token)) << "a refresh token takes its grant along";
    EXPECT_TRUE(Active(*app, two.access_token));
    EXPECT_TRUE(Refresh(*app, *two.refresh_token).ok());
  }
}

TEST_F(Tokens, WhatWasRevokedTogetherIsNotWhatComesAfter) {
  const auto old = Get(opaque_);
  const auto revoked = world_.Call(world_.grant(), &GrantService::RevokeGrants, World::Alice(), {{}, {}, {}, "alice", {}});
  ASSERT_TRUE(revoked.ok());
  EXPECT_EQ(revoked->revoked, 1);
  const auto fresh = Get(opaque_);
  EXPECT_FALSE(Active(opaque_, old.access_token));
  EXPECT_TRUE(Active(opaque_, fresh.access_token)) << "in the same second";
}

TEST_F(Tokens, RevokingWhatIsNoTokenHereSaysThatNothingWasRevoked) {
  const auto out = RevokeAs(World::Alice(), SecretBytes(std::string_view("garbage")));
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->revoked, false);
}

TEST_F(Tokens, OthersRevokeNothing) {
  const App other = world_.AddApp("other", Settings());
  for (const App* app : {&jwt_, &opaque_}) {
    const auto tokens = Get(*app);
    EXPECT_EQ(ReasonOf(RevokeAs(World::Bob(), tokens.access_token)), "no_token") << "as if there were none";
    EXPECT_EQ(ReasonOf(RevokeAs(kWeb, tokens.access_token, &other)), "not_yours");
    const App impostor{app->id, SecretBytes("wrong")};
    EXPECT_EQ(ReasonOf(RevokeAs(kWeb, tokens.access_token, &impostor)), "invalid_client");
    EXPECT_EQ(ReasonOf(world_.Call(world_.grant(), &GrantService::RevokeGrants, World::Bob(), {tokens.grant, {}, {}, {}, {}})),
              "no_grant");
    EXPECT_EQ(ReasonOf(world_.Call(world_.grant(), &GrantService::RevokeGrants, World::Bob(), {{}, login_.login, {}, {}, {}})),
              "no_such_login");
    EXPECT_EQ(ReasonOf(world_.Call(world_.grant(), &GrantService::RevokeGrants, World::Bob(), {{}, {}, app->id, {}, {}})),
              "not_trusted");
    EXPECT_EQ(ReasonOf(world_.Call(world_.grant(), &GrantService::RevokeGrants, World::Bob(), {{}, {}, {}, "alice", {}})),
              "other_user");
    EXPECT_EQ(ReasonOf(world_.Call(world_.grant(), &GrantService::RevokeGrants, World::Root(), {})), "name_one");
    EXPECT_TRUE(Active(*app, tokens.access_token));
  }
  EXPECT_TRUE(RevokeAs(World::Bob(), SecretBytes("at_unknown")).ok()) << "RFC 7009 clause 2.2";
}

TEST_F(Tokens, GrantsAreListedToWhomTheyConcern) {
  const auto tokens = Get(jwt_);
  const auto list = [&](const Peer& peer, proto::token::ListGrants::In in = {}) {
    return world_.Call(world_.grant(), &GrantService::ListGrants, peer, std::move(in));
  };
  ASSERT_EQ(list(World::Alice())->grants.size(), 1u);
  EXPECT_EQ(list(World::Alice())->grants[0].grant, tokens.grant);
  EXPECT_EQ(list(World::Alice())->grants[0].client, "jwts");
  EXPECT_EQ(list(World::Alice())->grants[0].user, "alice");
  EXPECT_TRUE(list(World::Bob())->grants.empty());
  EXPECT_EQ(ReasonOf(list(World::Bob(), {"alice", {}, {}, {}, {}, {}})), "other_user");
  EXPECT_EQ(list(World::Root())->grants.size(), 1u);
  EXPECT_EQ(list(World::Root(), {"alice", {}, {}, {}, {}, {}})->grants.size(), 1u);
  EXPECT_EQ(list(World::Root(), {{}, login_.login, {}, {}, {}, {}})->grants.size(), 1u);
  EXPECT_EQ(list(World::Root(), {{}, {}, jwt_.id, {}, {}, {}})->grants.size(), 1u);
  EXPECT_TRUE(list(World::Root(), {{}, {}, opaque_.id, {}, {}, {}})->grants.empty());
  EXPECT_TRUE(list(World::Bob(), {{}, login_.login, {}, {}, {}, {}})->grants.empty()) << "another's login shows nothing";
  ASSERT_TRUE(RevokeAs(World::Alice(), *tokens.refresh_token).ok());
  EXPECT_TRUE(list(World::Alice())->grants.empty());
  const auto dead = list(World::Alice(), {{}, {}, {}, true, {}, {}})->grants;
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_FALSE(dead[0].live);
  EXPECT_EQ(dead[0].why, "it was revoked");
}

TEST_F(Tokens, AreExplainedToWhomTheyConcern) {
  const auto explain = [&](const Peer& peer, const SecretBytes& token) {
    proto::token::Explain::In in;
    in.token = token.Clone();
    return world_.Call(world_.grant(), &GrantService::Explain, peer, std::move(in));
  };
  using Kind = proto::token::Explain::Out::Kind;
  for (const auto& [app, kind] : {std::pair(&jwt_, Kind::kJwt), {&opaque_, Kind::kOpaque}}) {
    const auto tokens = Get(*app);
    const auto told = explain(World::Alice(), tokens.access_token);
    ASSERT_TRUE(told.ok());
    EXPECT_TRUE(told->active);
    EXPECT_EQ(told->kind, kind);
    EXPECT_EQ(told->grant->grant, tokens.grant);
    EXPECT_THAT(told->factors.value(), ElementsAre("password", "totp"));
    EXPECT_EQ(told->service, "sshd");
    EXPECT_EQ(told->rule, "ssh");
    EXPECT_EQ(ReasonOf(explain(World::Bob(), tokens.access_token)), "no_token");
    EXPECT_EQ(explain(World::Root(), *tokens.refresh_token)->kind, Kind::kRefresh);
    ASSERT_TRUE(Refresh(*app, *tokens.refresh_token).ok());
    const auto used = explain(World::Root(), *tokens.refresh_token);
    EXPECT_FALSE(used->active);
    EXPECT_EQ(used->why, "it was used");
  }
  EXPECT_EQ(ReasonOf(explain(World::Root(), SecretBytes("at_x"))), "no_token");
}

TEST_F(Tokens, GroupsAreToldWhereTheyAreAskedForAndAllowed) {
  EXPECT_FALSE(Introspect(opaque_, Get(opaque_).access_token)->info->groups.has_value());
  proto::ClientSettings settings;
  settings.groups = {{"staff"}};
  Update(opaque_, settings);
  Update(jwt_, settings);
  EXPECT_THAT(Introspect(opaque_, Get(opaque_).access_token)->info->groups.value(), ElementsAre("staff"));
  EXPECT_THAT(Introspect(jwt_, Get(jwt_).access_token)->info->groups.value(), ElementsAre("staff"));
  EXPECT_FALSE(Introspect(opaque_, Get(opaque_, "read").access_token)->info->groups.has_value()) << "not asked for";
  settings.groups = {{"*"}};
  Update(opaque_, settings);
  const auto all = Get(opaque_);
  EXPECT_THAT(Introspect(opaque_, all.access_token)->info->groups.value(), ElementsAre("alice", "staff"));
  world_.host.accounts["alice"].groups = {"alice"};
  const auto next = Refresh(opaque_, *all.refresh_token);
  EXPECT_THAT(Introspect(opaque_, next->access_token)->info->groups.value(), ElementsAre("alice"))
      << "those of now, not of the login";
  world_.host.account_error = MakeError(Code::kUnavailable, "nss", "NSS is down");
  EXPECT_EQ(ReasonOf(Refresh(opaque_, *next->refresh_token)), "nss");
  world_.host.account_error.reset();
  EXPECT_TRUE(Refresh(opaque_, *next->refresh_token).ok()) << "nothing was used up";
}

TEST_F(Tokens, UsersTakeTokensOfDirectClientsOnly) {
  const auto take = [&](const Peer& peer, std::optional<std::string> login = {}) {
    return world_.Call(world_.token(), &TokenService::Take, peer, {opaque_.id, {}, {}, std::move(login)});
  };
  EXPECT_EQ(ReasonOf(take(World::Alice())), "not_direct");
  proto::ClientSettings settings;
  settings.direct = true;
  Update(opaque_, settings);
  const auto taken = take(World::Alice());
  ASSERT_TRUE(taken.ok()) << taken.error().reason;
  EXPECT_TRUE(Active(opaque_, taken->access_token));
  EXPECT_EQ(world_.LastEntry().action, "token.take");
  EXPECT_EQ(ReasonOf(take(World::Bob())), "no_login");
  EXPECT_EQ(ReasonOf(take(World::Bob(), login_.login)), "no_such_login");
  EXPECT_EQ(ReasonOf(take(World::Root(), login_.login)), "other_user");
  ASSERT_TRUE(world_.Call(world_.login(), &LoginService::End, World::Alice(), {login_.login, {}, {}}).ok());
  EXPECT_EQ(ReasonOf(take(World::Alice(), login_.login)), "login_dead");
}

TEST_F(Tokens, MachinesHaveThemWithoutAUserWhereTheyAreRegisteredForIt) {
  const auto ask = [&](const App& app, std::optional<std::string> scope = {}) {
    proto::token::ClientCredentials::In in;
    in.client_id = app.id;
    in.client_secret = app.secret.Clone();
    in.scope = std::move(scope);
    return world_.Call(world_.token(), &TokenService::ClientCredentials, kWeb, std::move(in));
  };
  for (const App* app : {&jwt_, &opaque_}) {
    EXPECT_EQ(ReasonOf(ask(*app)), "unauthorized_client");
    proto::ClientSettings settings;
    settings.machine = true;
    Update(*app, settings);
    const auto first = ask(*app);
    ASSERT_TRUE(first.ok()) << first.error().reason;
    const auto info = Introspect(*app, first->access_token)->info;
    ASSERT_TRUE(info.has_value()) << Verify(first->access_token).why.value_or("");
    EXPECT_EQ(info->sub, app->id);
    EXPECT_EQ(info->client_id, app->id);
    EXPECT_FALSE(info->amr || info->acr || info->sid || info->auth_time || info->username);
    const auto second = ask(*app);
    EXPECT_EQ(second->grant, first->grant) << "one grant, however often it asks";
    EXPECT_NE(ask(*app, "read")->grant, first->grant);
    EXPECT_EQ(ReasonOf(ask({app->id, SecretBytes("wrong")})), "invalid_client");
    ASSERT_TRUE(world_.Call(world_.grant(), &GrantService::RevokeGrants, World::Root(), {first->grant, {}, {}, {}, {}}).ok());
    EXPECT_FALSE(Active(*app, second->access_token));
    const auto third = ask(*app);
    EXPECT_NE(third->grant, first->grant);
    EXPECT_TRUE(Active(*app, third->access_token));
    settings.machine = false;
    Update(*app, settings);
    EXPECT_FALSE(Active(*app, third->access_token));
  }
  const AccessClaims& claims = world_.signer.issued.rbegin()->second;
  EXPECT_TRUE(claims.session.empty() && claims.amr.empty() && claims.acr.empty() && claims.auth_time == 0);
}

TEST_F(Tokens, AMachinesOpaqueTokensTakeNoRows) {
  proto::ClientSettings settings = Opaque();
  settings.machine = true;
  const App app = world_.AddApp("batch", settings);
  const auto ask = [&] {
    proto::token::ClientCredentials::In in;
    in.client_id = app.id;
    in.client_secret = app.secret.Clone();
    return world_.Call(world_.token(), &TokenService::ClientCredentials, kWeb, std::move(in));
  };
  const auto first = ask();
  ASSERT_TRUE(first.ok()) << ReasonOf(first);
  const int writes = world_.queue().writes;
  const int64_t began = world_.forward().Now();
  std::set<std::string> tokens;
  for (int i = 0; i < 200; ++i) {
    const auto out = ask();
    ASSERT_TRUE(out.ok()) << i << ": " << ReasonOf(out);
    EXPECT_EQ(out->grant, first->grant);
    EXPECT_EQ(out->access_token.RevealText().substr(0, 3), "at_");
    tokens.insert(std::string(out->access_token.RevealText()));
  }
  EXPECT_EQ(tokens.size(), 200u);
  EXPECT_EQ(world_.queue().writes, writes);
  const auto info = Introspect(app, first->access_token)->info;
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->iat, began);
  EXPECT_EQ(info->exp, began + 300);
  EXPECT_EQ(info->scope, "read write groups");
  EXPECT_FALSE(info->jti.has_value()) << "an opaque token tells nothing of itself";

  // I31, I32: one that is revoked is dead, and no other.
  const SecretBytes one(*tokens.begin());
  const SecretBytes other(*tokens.rbegin());
  ASSERT_TRUE(Active(app, one) && Active(app, other));
  ASSERT_TRUE(RevokeAs(kWeb, one, &app).ok());
  EXPECT_FALSE(Active(app, one));
  EXPECT_THAT(Verify(one).why.value_or(""), HasSubstr("revoked"));
  EXPECT_TRUE(Active(app, other));
  EXPECT_FALSE(Active(app, SecretBytes(*tokens.rbegin() + "x")));
  world_.Advance(301'000);
  EXPECT_FALSE(Active(app, other));
  EXPECT_THAT(Verify(other).why.value_or(""), HasSubstr("expired"));
}

// What was answered a moment ago may be answered again, but never after something was written.
TEST_F(Tokens, I31_WhatWasJustSeenAliveIsRevokedAtOnce) {
  for (const App* app : {&jwt_, &opaque_}) {
    const auto tokens = Get(*app);
    ASSERT_TRUE(Active(*app, tokens.access_token));
    ASSERT_TRUE(Active(*app, tokens.access_token));
    std::optional<bool> revoked, active;
    proto::token::RevokeGrants::In revoke;
    revoke.grant = tokens.grant;
    world_.grant().RevokeGrants(World::Root(), std::move(revoke), [&](const auto& out) { revoked = out.ok(); });
    while (!revoked.has_value() && world_.queue().Deliver()) {
    }
    ASSERT_EQ(revoked, true);
    proto::token::Introspect::In in;
    in.client_id = app->id;
    in.client_secret = app->secret.Clone();
    in.token = tokens.access_token.Clone();
    world_.grant().Introspect(kWeb, std::move(in), [&](const auto& out) { active = out.ok() && out->active; });
    while (!active.has_value() && world_.queue().Deliver()) {
    }
    EXPECT_EQ(active, false);
  }
}

TEST_F(Tokens, ASecretThatWasJustGoodIsRefusedOnceThereIsAnother) {
  const auto tokens = Get(jwt_);
  ASSERT_TRUE(Introspect(jwt_, tokens.access_token)->active);
  const auto rotated = world_.Call(world_.client(), &ClientService::RotateClientSecret, World::Root(), {jwt_.id});
  ASSERT_TRUE(rotated.ok());
  EXPECT_EQ(ReasonOf(Introspect(jwt_, tokens.access_token)), "invalid_client");
  EXPECT_TRUE(Introspect({jwt_.id, rotated->client_secret.Clone()}, tokens.access_token)->active);
  EXPECT_EQ(ReasonOf(Introspect(jwt_, tokens.access_token)), "invalid_client");
}

TEST_F(Tokens, AFreshAudienceTakesATouchForEachTicket) {
  proto::ClientSettings settings = Refreshing(Settings({"api", "vault"}));
  settings.fresh = {{"vault"}};
  const App app = world_.AddApp("vaults", settings);
  EXPECT_EQ(ReasonOf(GetFrom(app, login_.login, {}, "vault")), "fresh_touch") << "a code is no touch";
  EXPECT_TRUE(GetFrom(app, login_.login, {}, "api").ok());

  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.Advance(60'000);
  Dialogue dialogue;
  world_.Sit(kAliceUid);
  proto::login::Begin::In in;
  in.user = "alice";
  in.service = "door";
  in.vouched = {"password"};
  world_.Begin(dialogue, World::Root(), std::move(in));
  world_.desk.current()->Assert(key, 0x01, 11);
  world_.Settle();
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  proto::login::Confirm::In confirm;
  confirm.handle = std::move(*dialogue.turn->granted->handle);
  confirm.user = "alice";
  confirm.service = "door";
  const auto login = world_.Call(world_.login(), &LoginService::Confirm, World::Root(), std::move(confirm));
  ASSERT_TRUE(login.ok()) << login.error().reason;
  const std::string touched = login->login.login;
  const auto tokens = GetFrom(app, touched, {}, "vault");
  ASSERT_TRUE(tokens.ok()) << tokens.error().reason;
  EXPECT_FALSE(tokens->refresh_token.has_value()) << "a refresh would go round the touch";
  EXPECT_EQ(ReasonOf(GetFrom(app, touched, {}, "vault")), "fresh_touch") << "one touch, one ticket";
}

}  // namespace
}  // namespace fob::core
