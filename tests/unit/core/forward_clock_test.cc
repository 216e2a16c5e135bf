// Time that never runs back, and what hangs on it.

#include "tests/unit/core/token_fixture.h"

namespace fob::core {
namespace {

class SetClock final : public Clock {
 public:
  int64_t wall = 1'000'000;
  int64_t mono = 50'000;
  int64_t UnixSeconds() const override { return wall; }
  int64_t MonotonicMs() const override { return mono; }
};

TEST(ForwardTime, FollowsTheWallClockForward) {
  SetClock clock;
  ForwardClock time(clock);
  EXPECT_EQ(time.Now(), 1'000'000);
  clock.wall += 86'400;
  EXPECT_EQ(time.Now(), 1'086'400);
  EXPECT_EQ(time.Ahead(), 0);
  EXPECT_EQ(time.ToWall(1'086'400), 1'086'400);
}

TEST(ForwardTime, GoesOnAtItsPaceWhenTheWallClockIsSetBack) {
  SetClock clock;
  ForwardClock time(clock);
  (void)time.Now();
  clock.wall -= 3600;
  EXPECT_EQ(time.Now(), 1'000'000);
  clock.wall += 30;
  clock.mono += 30'000;
  EXPECT_EQ(time.Now(), 1'000'030) << "neither back nor still";
  EXPECT_EQ(time.Ahead(), 3600);
  EXPECT_EQ(time.ToWall(1'000'030), clock.wall);
  clock.wall -= 100;
  EXPECT_EQ(time.Now(), 1'000'030);
  clock.wall += 3700 + 5;
  EXPECT_EQ(time.Now(), 1'000'035) << "the wall clock has caught up";
  EXPECT_EQ(time.Ahead(), 0);
}

TEST(ForwardTime, GoesOnOverARestart) {
  SetClock clock;
  std::optional<GrantStore::ClockMark> mark;
  {
    ForwardClock time(clock);
    mark = time.MarkToKeep("boot-1");
    ASSERT_TRUE(mark.has_value());
    EXPECT_FALSE(time.MarkToKeep("boot-1").has_value()) << "nothing new";
    clock.wall += 60;
    clock.mono += 60'000;
    EXPECT_FALSE(time.MarkToKeep("boot-1").has_value()) << "as foreseen";
    clock.wall += 60;
    EXPECT_TRUE(time.MarkToKeep("boot-1").has_value()) << "a step forward";
  }
  clock.wall = 999'000;
  ForwardClock same_boot(clock);
  same_boot.Resume(*mark, "boot-1");
  EXPECT_EQ(same_boot.Now(), 1'000'060) << "the monotonic clock tells how long it was away";
  clock.mono = 1'000;
  ForwardClock next_boot(clock);
  next_boot.Resume(*mark, "boot-2");
  EXPECT_EQ(next_boot.Now(), 1'000'000);
  mark->newest_entry_at = 1'000'500;
  next_boot.Resume(*mark, "boot-2");
  EXPECT_EQ(next_boot.Now(), 1'000'500) << "a decision was made then";
}

class ClockSetBack : public TokenLife {};

TEST_F(ClockSetBack, I36_RevivesNoTicketAndNoLogin) {
  const auto login = world_.LoggedIn();
  const App app = world_.AddApp("wiki", Refreshing(Opaque()));
  auto ticket = world_.Call(world_.token(), &TokenService::Ticket, World::Alice(), {app.id, {}, {}, {}});
  world_.Advance(31'000);
  const SecretBytes handle = world_.Pending("bob", "bobs");
  world_.Advance(121'000);
  world_.clock.Step(-3600);
  proto::token::Exchange::In in;
  in.client_id = app.id;
  in.client_secret = app.secret.Clone();
  in.ticket = std::move(ticket->ticket);
  EXPECT_EQ(ReasonOf(world_.Call(world_.token(), &TokenService::Exchange, kWeb, std::move(in))), "ticket_expired");
  proto::login::Confirm::In confirm;
  confirm.handle = handle.Clone();
  confirm.user = "bob";
  confirm.service = "sshd";
  EXPECT_EQ(ReasonOf(world_.Call(world_.login(), &LoginService::Confirm, World::Root(), std::move(confirm))), "handle");
  EXPECT_TRUE(GetFrom(app).ok()) << "the login still lives";
  world_.Advance(12 * 3'600'000);
  world_.clock.Step(-24 * 3600);
  EXPECT_EQ(ReasonOf(GetFrom(app, login.login)), "login_dead");
}

TEST_F(ClockSetBack, RevivesNoTokenAndNoGrace) {
  world_.LoggedIn();
  for (const App& app : {world_.AddApp("jwts", Refreshing()), world_.AddApp("opaques", Refreshing(Opaque()))}) {
    const auto tokens = Get(app);
    const auto next = Refresh(app, *tokens.refresh_token);
    world_.Advance(301'000);
    EXPECT_FALSE(Active(app, tokens.access_token));
    world_.clock.Step(-3600);
    EXPECT_FALSE(Active(app, tokens.access_token));
    EXPECT_EQ(ReasonOf(Refresh(app, *tokens.refresh_token)), "invalid_grant") << "its grace is over";
  }
}

TEST_F(ClockSetBack, NewTokensLiveAsLongAsEver) {
  world_.LoggedIn();
  const App jwts = world_.AddApp("jwts", Settings());
  const App opaques = world_.AddApp("opaques", Opaque());
  world_.clock.Step(-7200);
  const int64_t wall = world_.clock.UnixSeconds();
  const auto jwt = Get(jwts);
  const auto opaque = Get(opaques);
  const AccessClaims& claims = world_.signer.issued.find(jwt.access_token.RevealText())->second;
  EXPECT_EQ(claims.issued_at, wall) << "others read it by their clocks";
  EXPECT_EQ(claims.expires_at, wall + 300);
  EXPECT_EQ(Introspect(opaques, opaque.access_token)->info->exp, wall + 300);
  world_.Advance(299'000);
  EXPECT_TRUE(Active(jwts, jwt.access_token));
  EXPECT_TRUE(Active(opaques, opaque.access_token));
  world_.Advance(1'000);
  EXPECT_FALSE(Active(jwts, jwt.access_token));
  EXPECT_FALSE(Active(opaques, opaque.access_token));
}

}  // namespace
}  // namespace fob::core
