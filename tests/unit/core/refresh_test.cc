// Refresh tokens: rotation, reuse, grace.

#include "tests/unit/core/token_fixture.h"

namespace fob::core {
namespace {

using testing::kAliceUid;
using ::testing::StartsWith;

class Refreshes : public TokenLife {
 protected:
  Refreshes() {
    login_ = world_.LoggedIn().login;
    app_ = world_.AddApp("wiki", Refreshing());
  }
  const AccessClaims& Claims(const SecretBytes& token) {
    return world_.signer.issued.find(token.RevealText())->second;
  }
  std::string login_;
  App app_;
};

TEST_F(Refreshes, AreForClientsThatAreRegisteredForThem) {
  const auto without = world_.AddApp("blog", Settings());
  EXPECT_FALSE(Get(without).refresh_token.has_value());
  const auto first = Get(app_);
  ASSERT_TRUE(first.refresh_token.has_value());
  EXPECT_THAT(std::string(first.refresh_token->RevealText()), StartsWith("rt_"));
  const auto second = Refresh(app_, *first.refresh_token);
  ASSERT_TRUE(second.ok()) << second.error().reason;
  EXPECT_EQ(second->grant, first.grant);
  EXPECT_EQ(second->token_type, "Bearer");
  EXPECT_FALSE(*second->refresh_token == *first.refresh_token);
  EXPECT_TRUE(Active(app_, second->access_token));
  EXPECT_TRUE(Active(app_, first.access_token)) << "the old access token is good until it expires";
  EXPECT_EQ(world_.LastEntry().action, "token.refresh");
  EXPECT_EQ(world_.LastEntry().subject, first.grant);
  EXPECT_EQ(world_.LastEntry().user, "alice");
}

TEST_F(Refreshes, I39_NeverChangeWhatWasProved) {
  auto tokens = Get(app_);
  const AccessClaims before = Claims(tokens.access_token);
  SecretBytes refresh = std::move(*tokens.refresh_token);
  for (int i = 0; i < 5; ++i) {
    world_.Advance(600'000);
    auto next = Refresh(app_, refresh);
    ASSERT_TRUE(next.ok()) << next.error().reason;
    const AccessClaims& now = Claims(next->access_token);
    EXPECT_EQ(now.auth_time, before.auth_time);
    EXPECT_EQ(now.amr, before.amr);
    EXPECT_EQ(now.acr, before.acr);
    EXPECT_EQ(now.session, before.session);
    EXPECT_EQ(now.subject, before.subject);
    EXPECT_EQ(now.audience, before.audience);
    EXPECT_GT(now.issued_at, before.issued_at);
    refresh = std::move(*next->refresh_token);
  }
}

TEST_F(Refreshes, ScopeMayOnlyNarrow) {
  auto tokens = Get(app_, "read write");
  auto narrow = Refresh(app_, *tokens.refresh_token, "read");
  ASSERT_TRUE(narrow.ok());
  EXPECT_EQ(narrow->scope, "read");
  EXPECT_EQ(ReasonOf(Refresh(app_, *narrow->refresh_token, "read groups")), "invalid_scope") << "never granted";
  const auto full = Refresh(app_, *narrow->refresh_token);
  ASSERT_TRUE(full.ok()) << "a refusal uses nothing up";
  EXPECT_EQ(full->scope, "read write") << "RFC 6749 clause 6: the grant itself stays as it was";
  proto::ClientSettings settings;
  settings.scopes = {{"write"}};
  Update(app_, settings);
  EXPECT_EQ(Refresh(app_, *full->refresh_token)->scope, "write") << "what the client may not have any more is left out";
}

TEST_F(Refreshes, I30_TheSameRequestWithinTheGraceGetsTheSameAnswer) {
  const auto tokens = Get(app_);
  const auto first = Refresh(app_, *tokens.refresh_token);
  world_.Advance(9'000);
  const auto again = Refresh(app_, *tokens.refresh_token);
  ASSERT_TRUE(again.ok()) << again.error().reason;
  EXPECT_TRUE(again->access_token == first->access_token);
  EXPECT_TRUE(*again->refresh_token == *first->refresh_token);
  EXPECT_EQ(again->expires_in, first->expires_in);
  EXPECT_EQ(again->scope, first->scope);
  EXPECT_TRUE(Refresh(app_, *first->refresh_token).ok()) << "it goes on from there";
}

TEST_F(Refreshes, I30_ReuseAfterTheGraceKillsTheGrant) {
  const auto tokens = Get(app_);
  const auto next = Refresh(app_, *tokens.refresh_token);
  world_.Advance(10'000);
  const auto reused = Refresh(app_, *tokens.refresh_token);
  EXPECT_EQ(ReasonOf(reused), "invalid_grant");
  EXPECT_EQ(world_.LastEntry().action, "grant.reuse");
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
  EXPECT_EQ(world_.LastEntry().subject, tokens.grant);
  EXPECT_FALSE(Active(app_, next->access_token));
  EXPECT_FALSE(Active(app_, tokens.access_token));
  EXPECT_EQ(ReasonOf(Refresh(app_, *next->refresh_token)), "invalid_grant") << "nor does the thief go on";
}

TEST_F(Refreshes, I30_AnotherRequestWithAUsedTokenIsReuse) {
  const auto tokens = Get(app_);
  ASSERT_TRUE(Refresh(app_, *tokens.refresh_token).ok());
  EXPECT_EQ(ReasonOf(Refresh(app_, *tokens.refresh_token, "read")), "invalid_grant");
  EXPECT_EQ(world_.LastEntry().action, "grant.reuse");
}

TEST_F(Refreshes, I30_ATokenFromBeforeThePreviousIsReuseEvenWithinTheGrace) {
  const auto tokens = Get(app_);
  const auto second = Refresh(app_, *tokens.refresh_token);
  ASSERT_TRUE(Refresh(app_, *second->refresh_token).ok());
  EXPECT_EQ(ReasonOf(Refresh(app_, *tokens.refresh_token)), "invalid_grant");
  EXPECT_EQ(world_.LastEntry().action, "grant.reuse");
}

TEST_F(Refreshes, I32_ReuseOfOneGrantTouchesNoOther) {
  const auto mine = Get(app_);
  const auto other = Get(app_);
  ASSERT_NE(mine.grant, other.grant);
  ASSERT_TRUE(Refresh(app_, *mine.refresh_token).ok());
  world_.Advance(60'000);
  ASSERT_EQ(ReasonOf(Refresh(app_, *mine.refresh_token)), "invalid_grant");
  EXPECT_TRUE(Active(app_, other.access_token));
  EXPECT_TRUE(Refresh(app_, *other.refresh_token).ok());
}

TEST_F(Refreshes, AnotherClientGetsAndKillsNothing) {
  const auto tokens = Get(app_);
  const App thief = world_.AddApp("thief", Refreshing());
  EXPECT_EQ(ReasonOf(Refresh(thief, *tokens.refresh_token)), "invalid_grant");
  EXPECT_EQ(ReasonOf(Refresh({app_.id, SecretBytes("wrong")}, *tokens.refresh_token)), "invalid_client");
  const auto next = Refresh(app_, *tokens.refresh_token);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(ReasonOf(Refresh(thief, *tokens.refresh_token)), "invalid_grant") << "not even with a used one";
  EXPECT_TRUE(Refresh(app_, *next->refresh_token).ok());
}

TEST_F(Refreshes, GarbageIsRefusedWithoutHarm) {
  const auto tokens = Get(app_);
  std::string cut(tokens.refresh_token->RevealText());
  cut.pop_back();
  for (const std::string& garbage : {std::string(), std::string("rt_"), std::string("x"), cut, cut + "AA"}) {
    EXPECT_EQ(ReasonOf(Refresh(app_, SecretBytes(std::string_view(garbage)))), "invalid_grant") << garbage;
  }
  EXPECT_TRUE(Refresh(app_, *tokens.refresh_token).ok());
}

TEST_F(Refreshes, EndWithTheRefreshLifetime) {
  auto settings = Refreshing();
  settings.refresh_lifetime_ms = 3'600'000;
  const App brief = world_.AddApp("brief", settings);
  const auto tokens = Get(brief);
  world_.Advance(3'599'000);
  const auto last = Refresh(brief, *tokens.refresh_token);
  ASSERT_TRUE(last.ok()) << last.error().reason;
  EXPECT_EQ(last->expires_in, 1) << "no token outlives its grant";
  world_.Advance(1'000);
  EXPECT_EQ(ReasonOf(Refresh(brief, *last->refresh_token)), "invalid_grant");
}

TEST_F(Refreshes, EndWhenTheClientMayNotRefreshAnyMore) {
  const auto tokens = Get(app_);
  proto::ClientSettings settings;
  settings.refresh_lifetime_ms = 0;
  Update(app_, settings);
  EXPECT_EQ(ReasonOf(Refresh(app_, *tokens.refresh_token)), "invalid_grant");
}

TEST_F(Refreshes, DieWithTheLoginUnlessTheClientsGrantsOutliveIt) {
  auto settings = Refreshing();
  settings.outlives_login = true;
  const App lasting = world_.AddApp("lasting", settings);
  const auto dies = Get(app_);
  const auto lives = Get(lasting);
  ASSERT_TRUE(world_.Call(world_.login(), &LoginService::End, World::Alice(), {login_, {}, {}}).ok());
  EXPECT_EQ(ReasonOf(Refresh(app_, *dies.refresh_token)), "invalid_grant");
  const auto next = Refresh(lasting, *lives.refresh_token);
  ASSERT_TRUE(next.ok()) << next.error().reason;
  EXPECT_TRUE(Active(lasting, next->access_token));
  world_.host.boot_id = "boot-2";
  EXPECT_TRUE(Active(lasting, next->access_token)) << "nor does a reboot end it";
  settings = proto::ClientSettings();
  settings.outlives_login = false;
  Update(lasting, settings);
  EXPECT_FALSE(Active(lasting, next->access_token)) << "what the client may is asked each time";
}

TEST_F(Refreshes, NothingOutlivesItsFactor) {
  auto settings = Refreshing();
  settings.outlives_login = true;
  const App lasting = world_.AddApp("lasting", settings);
  const auto tokens = Get(lasting);
  ASSERT_TRUE(world_.store().RemoveOtp("alice", kAliceUid, "phone", AuditEntry()).ok());
  EXPECT_FALSE(Active(lasting, tokens.access_token));
  EXPECT_EQ(ReasonOf(Refresh(lasting, *tokens.refresh_token)), "invalid_grant");
}

TEST_F(Refreshes, OpaqueTokensOfOneGrantAreBounded) {
  const App app = world_.AddApp("opaque", Refreshing(Opaque()));
  SecretBytes refresh = std::move(*Get(app).refresh_token);
  std::string refused;
  for (int i = 0; i < 70 && refused.empty(); ++i) {
    auto next = Refresh(app, refresh);
    if (next.ok()) {
      refresh = std::move(*next->refresh_token);
    } else {
      refused = next.error().reason;
      EXPECT_GT(i, 50);
    }
  }
  EXPECT_EQ(refused, "too_many_tokens");
  world_.Advance(300'000);
  EXPECT_TRUE(Refresh(app, refresh).ok()) << "the refusal used nothing up";
}

TEST_F(Refreshes, AStoreThatCannotWriteUsesNothingUp) {
  const auto tokens = Get(app_);
  world_.queue().write_error = MakeError(Code::kUnavailable, "down", "it is down");
  EXPECT_EQ(ReasonOf(Refresh(app_, *tokens.refresh_token)), "down");
  world_.queue().write_error.reset();
  EXPECT_TRUE(Refresh(app_, *tokens.refresh_token).ok());
}

}  // namespace
}  // namespace fob::core
