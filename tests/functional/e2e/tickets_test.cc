// Tickets: one user, one client, one audience, seconds, once.
#include <pwd.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <thread>

#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

class Tickets : public EndToEnd {
 protected:
  Tickets() {
    EnrolTotp();
    login_ = LogIn();
    wiki_ = AddApp("Wiki", {"wiki"});
    mail_ = AddApp("Mail", {"mail", "calendar"});
  }
  SecretBytes Take(const App& app, std::optional<std::string> audience = std::nullopt) {
    auto out = Ticket(app, std::nullopt, std::move(audience));
    if (out.ok()) return std::move(out->ticket);
    ADD_FAILURE() << out.error().text;
    return {};
  }

  std::string login_;
  App wiki_, mail_;
};

TEST_F(Tickets, I36_LiveForSecondsOnly) {
  const SecretBytes last_second = Take(wiki_), late = Take(wiki_);
  daemon_.Advance(29);
  EXPECT_TRUE(Exchange(wiki_, last_second).ok());
  daemon_.Advance(1);
  EXPECT_EQ("ticket_expired", ReasonOf(Exchange(wiki_, late)));
}

TEST_F(Tickets, I36_AreForOneClient) {
  const SecretBytes ticket = Take(wiki_);
  EXPECT_EQ(Code::kDenied, Exchange(mail_, ticket).error().code);
}

TEST_F(Tickets, I36_AreForOneAudience) {
  EXPECT_EQ("invalid_target", ReasonOf(Ticket(mail_)));
  EXPECT_EQ("invalid_target", ReasonOf(Ticket(mail_, std::nullopt, "wiki")));
  const SecretBytes ticket = Take(mail_, "mail");
  EXPECT_EQ(Code::kDenied, Exchange(mail_, ticket, "calendar").error().code);
  const auto named = Exchange(mail_, Take(mail_, "calendar"), "calendar");
  ASSERT_TRUE(named.ok()) << named.error().text;
  EXPECT_EQ("calendar", ActiveClaims(named->access_token).at("aud").as_string());
}

TEST_F(Tickets, I36_ComeFromTheCallersOwnLoginOnly) {
  EnrolTotp(kSomebody);
  const std::string theirs = LogIn(kSomebody);
  ASSERT_NE("", theirs);
  EXPECT_EQ("other_user", ReasonOf(Ticket(wiki_, theirs))) << "a trusted caller is no exception";
  EXPECT_EQ(login_, Ticket(wiki_)->login) << "the newest is not the caller's";
  EXPECT_EQ(login_, Ticket(wiki_, login_)->login);
}

TEST_F(Tickets, I36_AnotherUidGetsNoneAndSeesNoLogin) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody else";
  EnrolTotp(kSomebody);
  const std::string theirs = LogIn(kSomebody);
  // Numbers, since the child has no rights to fail a test with words.
  const ChildReport as_somebody = RunInChild([&]() -> std::string {
    const passwd* account = ::getpwnam(kSomebody);
    if (account == nullptr || ::setgid(account->pw_gid) != 0 || ::setuid(account->pw_uid) != 0)
      return "cannot become somebody else";
    const auto own = Ticket(wiki_);
    const auto mine = Ticket(wiki_, theirs);
    const auto other = Ticket(wiki_, login_);
    const auto list = daemon_.Call<proto::login::List>({});
    const auto ended = daemon_.Call<proto::login::End>({login_, std::nullopt, {}});
    return std::string(own.ok() && own->login == theirs ? "own " : "- ") +
           (mine.ok() ? "mine " : "- ") +
           std::string(other.ok() ? "" : CodeName(other.error().code)) + " " +
           std::to_string(list.ok() ? list->logins.size() : 99) + " " +
           std::string(ended.ok() ? "" : CodeName(ended.error().code));
  });
  EXPECT_EQ("own mine not_found 1 not_found", as_somebody.said);
}

TEST_F(Tickets, I41_AreNothingWithoutTheClientsSecret) {
  const SecretBytes ticket = Take(wiki_);
  const auto exchange = [&](const std::string& client, std::string_view secret) {
    return ReasonOf(daemon_.Call<proto::token::Exchange>(
        {client, SecretBytes(secret), {}, ticket.Clone(), std::nullopt}));
  };
  EXPECT_EQ("invalid_client", exchange(wiki_.id, ""));
  EXPECT_EQ("invalid_client", exchange(wiki_.id, mail_.secret.RevealText()));
  EXPECT_EQ("invalid_client", exchange("client_nobody", wiki_.secret.RevealText()));
  const std::string cut(wiki_.secret.RevealText().substr(1));
  EXPECT_EQ("invalid_client", exchange(wiki_.id, cut));
  EXPECT_TRUE(Exchange(wiki_, ticket).ok());
}

TEST_F(Tickets, ARotatedSecretAndARemovedClientEndIt) {
  const SecretBytes first = Take(wiki_), second = Take(wiki_);
  auto rotated = daemon_.Call<proto::admin::RotateClientSecret>({wiki_.id});
  ASSERT_TRUE(rotated.ok());
  EXPECT_EQ("invalid_client", ReasonOf(Exchange(wiki_, first)));
  const App now{wiki_.id, std::move(rotated->client_secret)};
  auto token = Exchange(now, first);
  ASSERT_TRUE(token.ok());
  ASSERT_TRUE(daemon_.Call<proto::admin::RemoveClient>({wiki_.id}).ok());
  EXPECT_FALSE(Exchange(now, second).ok());
  const auto dead = daemon_.Call<proto::token::Verify>({token->access_token.Clone()});
  ASSERT_TRUE(dead.ok());
  EXPECT_FALSE(dead->active);
}

TEST_F(Tickets, DieWithTheirLogin) {
  const SecretBytes ticket = Take(wiki_);
  ASSERT_TRUE(daemon_.Call<proto::login::End>({login_, std::nullopt, {}}).ok());
  EXPECT_EQ(Code::kDenied, Exchange(wiki_, ticket).error().code);
  EXPECT_FALSE(Ticket(wiki_).ok());
}

TEST_F(Tickets, AnUnknownTicketIsRefused) {
  EXPECT_EQ(Code::kDenied, Exchange(wiki_, SecretBytes("tkt_nothing")).error().code);
  EXPECT_FALSE(Exchange(wiki_, SecretBytes("")).ok());
}

// 32 connections that are open before the first of them speaks, 50 tickets.
TEST_F(Tickets, I30_OneOf32RedemptionsAtOnceSucceeds) {
  constexpr size_t kApps = 32, kRounds = 50;
  std::vector<SecretBytes> tickets(kRounds);
  std::atomic<int> succeeded[kRounds] = {};
  std::atomic<int> used = 0, other = 0;
  size_t taken = 0;
  std::barrier together(kApps, [&]() noexcept { tickets[taken++] = Take(wiki_); });
  {
    std::vector<std::jthread> apps;
    for (size_t i = 0; i < kApps; ++i) {
      apps.emplace_back([&] {
        proto::Connection connection = daemon_.Connect();
        for (size_t round = 0; round < kRounds; ++round) {
          together.arrive_and_wait();
          const auto out = connection.Call<proto::token::Exchange>(
              {wiki_.id, wiki_.secret.Clone(), {}, tickets[round].Clone(), std::nullopt},
              proto::DeadlineIn(60'000));
          if (out.ok()) {
            ++succeeded[round];
          } else {
            ++(out.error().reason == "ticket_used" ? used : other);
          }
        }
      });
    }
  }
  for (size_t round = 0; round < kRounds; ++round)
    EXPECT_EQ(1, succeeded[round]) << "round " << round;
  EXPECT_EQ(kRounds * (kApps - 1), static_cast<size_t>(used));
  EXPECT_EQ(0, other);
  const auto chain = daemon_.Call<proto::admin::VerifyAudit>({});
  ASSERT_TRUE(chain.ok());
  EXPECT_TRUE(chain->intact);
}

TEST_F(Tickets, I30_NoSecondSuccessWithKillNineBetween) {
  for (int round = 0; round < 5; ++round) {
    const SecretBytes ticket = Take(wiki_);
    EXPECT_TRUE(Exchange(wiki_, ticket).ok());
    daemon_.Kill();
    daemon_.Start();
    EXPECT_EQ("ticket_used", ReasonOf(Exchange(wiki_, ticket)));
  }
}

}  // namespace
}  // namespace fob::testing
