// Logins die with their kernel session.

#include "daemon/core/session_watch.h"

#include "tests/unit/core/token_fixture.h"

namespace fob::core {
namespace {

class SessionGone : public TokenLife {
 protected:
  SessionGone() {
    login_ = world_.LoggedIn().login;
    app_ = world_.AddApp("wiki", Refreshing(Opaque()));
  }
  std::string login_;
  App app_;
};

TEST_F(SessionGone, EndsItsLoginsAndTheirTokens) {
  const auto tokens = Get(app_);
  EXPECT_TRUE(Active(app_, tokens.access_token));
  world_.host.gone = {"audit:1000"};
  world_.Advance(5'000);
  EXPECT_FALSE(Active(app_, tokens.access_token));
  EXPECT_EQ(ReasonOf(Refresh(app_, *tokens.refresh_token)), "invalid_grant");
  EXPECT_EQ(ReasonOf(GetFrom(app_, login_)), "login_dead");
  int ended = 0;
  for (const AuditRecord& record : world_.Trail()) {
    if (record.entry.action != "login.vanish") continue;
    ++ended;
    EXPECT_EQ(record.entry.subject, login_);
    EXPECT_EQ(record.entry.user, "alice");
    EXPECT_EQ(record.entry.detail, "audit:1000");
  }
  EXPECT_EQ(ended, 1);
}

TEST_F(SessionGone, IsNotAskedForMoreThanEveryFewSeconds) {
  const auto tokens = Get(app_);
  world_.host.gone = {"audit:1000"};
  EXPECT_TRUE(Active(app_, tokens.access_token)) << "it was looked at just now";
  world_.Advance(5'000);
  EXPECT_FALSE(Active(app_, tokens.access_token));
}

TEST_F(SessionGone, IsFoundWithoutAnybodyAsking) {
  world_.host.gone = {"audit:1000"};
  world_.sessions().Start();
  world_.Advance(SessionWatch::kEveryMs);
  EXPECT_EQ(world_.LastEntry().action, "login.vanish");
  const auto login = world_.store().FindLogin(login_, world_.forward().Now(), "boot-1");
  EXPECT_EQ(login->state, LoginState::kEnded);
}

TEST_F(SessionGone, EndsNothingElse) {
  const auto tokens = Get(app_);
  world_.Advance(60'000);
  const auto bobs = world_.LoggedIn("bob", "bobs");
  world_.host.gone = {"audit:1001", "audit:77"};
  world_.Advance(5'000);
  EXPECT_EQ(ReasonOf(Introspect(app_, tokens.access_token)), "");
  EXPECT_EQ(world_.store().FindLogin(bobs.login, world_.forward().Now(), "boot-1")->state, LoginState::kEnded);
  EXPECT_EQ(world_.store().FindLogin(login_, world_.forward().Now(), "boot-1")->state, LoginState::kLive);
}

TEST_F(SessionGone, AHostThatCannotTellEndsNothing) {
  const auto tokens = Get(app_);
  world_.host.gone = {"audit:1000"};
  world_.host.gone_error = MakeError(Code::kUnavailable, "sessions_unknown", "hidden");
  world_.Advance(5'000);
  EXPECT_TRUE(Refresh(app_, *tokens.refresh_token).ok());
  ASSERT_FALSE(world_.alarms.empty());
  EXPECT_EQ(world_.alarms.back().reason, "sessions_unknown");
}

}  // namespace
}  // namespace fob::core
