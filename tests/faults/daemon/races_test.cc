// Tickets, codes and refresh tokens against the real daemon: many at once, and with it killed between.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstdio>
#include <mutex>
#include <set>
#include <thread>

#include "tests/functional/e2e/end_to_end.h"
#include "tests/support/fault_points.h"

namespace fob::testing {
namespace {

class Races : public EndToEnd {
 protected:
  Races() {
    EnrolTotp();
    LogIn();
    proto::ClientSettings settings;
    settings.audiences = {{"wiki"}};
    settings.refresh_lifetime_ms = 3'600'000;
    wiki_ = AddApp("Wiki", settings);
  }
  proto::token::Refresh::In Request(const SecretBytes& token) const {
    return {wiki_.id, wiki_.secret.Clone(), std::nullopt, token.Clone(), std::nullopt};
  }
  SecretBytes First() {
    auto ticket = Ticket(wiki_);
    auto tokens = Exchange(wiki_, ticket->ticket);
    return std::move(*tokens->refresh_token);
  }
  // How many such events there are after that one, and with that outcome.
  int EventsAfter(int64_t seq, const std::string& action, proto::AuditEvent::Outcome outcome) {
    int count = 0;
    std::optional<int64_t> after = seq;
    while (after.has_value()) {
      const auto out = daemon_.Call<proto::admin::TailAudit>({100, after, std::nullopt, std::nullopt, action, std::nullopt, {}});
      if (!out.ok()) return -1;
      count += static_cast<int>(std::ranges::count(out->events, outcome, &proto::AuditEvent::outcome));
      after = out->next;
    }
    return count;
  }
  void ChainHolds() {
    const auto chain = daemon_.Call<proto::admin::VerifyAudit>({});
    ASSERT_TRUE(chain.ok());
    EXPECT_TRUE(chain->intact);
  }
  // Thirty-two apps ask, each on a connection of its own a time, while fobd is killed and comes back; each until it was
  // asked once after that. `ask` runs on their threads, `killed` when nobody is left to answer.
  template <typename Ask, typename Killed>
  void ThroughARestart(int round, Ask ask, Killed killed) {
    constexpr int kApps = 32;
    std::atomic<bool> restarted = false;
    std::atomic<int> asked = 0;
    std::vector<std::jthread> apps;
    for (int i = 0; i < kApps; ++i) {
      apps.emplace_back([&] {
        for (bool last = false; !last;) {
          last = restarted;
          auto connection = proto::Connection::Open(daemon_.socket(), proto::DeadlineIn(10'000));
          ++asked;
          if (connection.ok()) {
            ask(*connection);
          } else {
            std::this_thread::yield();
          }
        }
      });
    }
    while (asked < 1 + round * 7 % (2 * kApps)) std::this_thread::yield();
    daemon_.Kill();
    killed();
    daemon_.Start();
    restarted = true;
  }
  App wiki_;
};

// 32 connections that are open before the first of them speaks, 50 tokens.
TEST_F(Races, I30_OneOf32RefreshesAtOnceRotatesAndAllHearTheSame) {
  constexpr size_t kApps = 32, kRounds = 50;
  std::mutex mutex;
  SecretBytes token = First();
  std::set<std::string> answers;
  int refused = 0, rounds_with_one = 0;
  size_t round = 0;
  std::barrier together(kApps, [&]() noexcept {
    if (round++ == 0) return;
    if (answers.size() == 1) ++rounds_with_one;
    if (!answers.empty()) {
      const std::string& one = *answers.begin();
      token = SecretBytes(std::string_view(one).substr(0, one.find(' ')));
    }
    answers.clear();
  });
  {
    std::vector<std::jthread> apps;
    for (size_t i = 0; i < kApps; ++i) {
      apps.emplace_back([&] {
        proto::Connection connection = daemon_.Connect();
        for (size_t n = 0; n < kRounds; ++n) {
          together.arrive_and_wait();
          const auto out = connection.Call<proto::token::Refresh>(Request(token), proto::DeadlineIn(60'000));
          const std::lock_guard lock(mutex);
          if (out.ok()) {
            answers.insert(std::string(out->refresh_token->RevealText()) + " " +
                           std::string(out->access_token.RevealText()));
          } else {
            ++refused;
          }
        }
        together.arrive_and_wait();
      });
    }
  }
  EXPECT_EQ(static_cast<int>(kRounds), rounds_with_one);
  EXPECT_EQ(0, refused);
  ChainHolds();
}

// fobd is killed when so many have asked: from the first of them to when all have had their turn.
TEST_F(Races, I30_ARestartInTheMiddleChangesNoAnswer) {
  const int rounds = All() ? 50 : 5;
  int before = 0, after = 0;  // rounds that were answered first on this side of the restart
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    const SecretBytes token = First();
    std::mutex mutex;
    std::set<std::string> answers;
    std::set<std::string> reasons;
    int answered_before = 0;
    ThroughARestart(
        round,
        [&](proto::Connection& connection) {
          const auto out = connection.Call<proto::token::Refresh>(Request(token), proto::DeadlineIn(60'000));
          const std::lock_guard lock(mutex);
          if (out.ok()) {
            answers.insert(std::string(out->refresh_token->RevealText()) + " " + std::string(out->access_token.RevealText()));
          }
          if (!out.ok() && out.error().code == Code::kDenied) reasons.insert(out.error().reason);
        },
        [&] {
          const std::lock_guard lock(mutex);
          answered_before = static_cast<int>(answers.size());
        });
    EXPECT_EQ(1U, answers.size()) << "round " << round;
    EXPECT_TRUE(reasons.empty()) << *reasons.begin();
    ++(answered_before > 0 ? before : after);
    const std::string& one = *answers.begin();
    const SecretBytes next(std::string_view(one).substr(0, one.find(' ')));
    EXPECT_TRUE(daemon_.Call<proto::token::Refresh>(Request(next)).ok()) << "the family lives on";
  }
  std::printf("%d restarts amid refreshes: answered first before %d, after %d\n", rounds, before, after);
  EXPECT_EQ(0, EventsAfter(0, "grant.reuse", proto::AuditEvent::Outcome::kDenied));
  ChainHolds();
}

TEST_F(Races, I30_OneOf32RedemptionsSucceedsWithARestartInTheMiddle) {
  const int rounds = All() ? 50 : 5;
  int redeemed = 0, unheard = 0;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    auto ticket = Ticket(wiki_);
    ASSERT_TRUE(ticket.ok());
    const int64_t begun = LastEvent().seq;
    std::atomic<int> good = 0;
    ThroughARestart(
        round,
        [&](proto::Connection& connection) {
          const auto out = connection.Call<proto::token::Exchange>(
              {wiki_.id, wiki_.secret.Clone(), {}, ticket->ticket.Clone(), std::nullopt}, proto::DeadlineIn(60'000));
          if (out.ok()) ++good;
        },
        [] {});
    // The one success may have been on its way when the daemon was killed: then nobody has it. The trail knows.
    EXPECT_LE(good, 1);
    ++(good == 1 ? redeemed : unheard);
    EXPECT_EQ("ticket_used", ReasonOf(Exchange(wiki_, ticket->ticket)));
    EXPECT_EQ(1, EventsAfter(begun, "ticket.exchange", proto::AuditEvent::Outcome::kAllowed));
  }
  std::printf("%d restarts amid redemptions: %d were heard of, %d were not\n", rounds, redeemed, unheard);
  ChainHolds();
}

// Thirty-two apps with one code; it came again, and so nothing of it lives on.
TEST_F(Races, I30_OneOf32RedemptionsOfACodeAtOnceSucceeds) {
  constexpr size_t kApps = 32, kRounds = 20;
  const App app = AddCodeApp("Codes");
  const SecretBytes session = Browser();
  std::vector<SecretBytes> codes(kRounds), tokens(kRounds);
  std::atomic<int> good[kRounds] = {};
  std::atomic<int> refused = 0, other = 0;
  size_t taken = 0;
  std::barrier together(kApps, [&]() noexcept { codes[taken++] = CodeFor(app, session); });
  {
    std::vector<std::jthread> apps;
    for (size_t i = 0; i < kApps; ++i) {
      apps.emplace_back([&] {
        proto::Connection connection = daemon_.Connect();
        for (size_t round = 0; round < kRounds; ++round) {
          together.arrive_and_wait();
          auto out = connection.Call<proto::token::RedeemCode>(Redeeming(app, codes[round]), proto::DeadlineIn(60'000));
          if (out.ok()) {
            if (++good[round] == 1) tokens[round] = std::move(out->access_token);
          } else {
            ++(out.error().reason == "invalid_grant" ? refused : other);
          }
        }
      });
    }
  }
  for (size_t round = 0; round < kRounds; ++round) {
    EXPECT_EQ(1, good[round]) << "round " << round;
    EXPECT_FALSE(daemon_.Call<proto::token::Verify>({tokens[round].Clone()})->active) << "round " << round;
  }
  EXPECT_EQ(kRounds * (kApps - 1), static_cast<size_t>(refused));
  EXPECT_EQ(0, other);
  ChainHolds();
}

TEST_F(Races, I30_OneOf32RedemptionsOfACodeSucceedsWithARestartInTheMiddle) {
  const int rounds = All() ? 50 : 5;
  const App app = AddCodeApp("Codes");
  const SecretBytes session = Browser();
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    const SecretBytes code = CodeFor(app, session);
    const int64_t begun = LastEvent().seq;
    std::atomic<int> good = 0;
    ThroughARestart(
        round,
        [&](proto::Connection& connection) {
          const auto out = connection.Call<proto::token::RedeemCode>(Redeeming(app, code), proto::DeadlineIn(60'000));
          if (out.ok()) ++good;
        },
        [] {});
    EXPECT_LE(good, 1);
    EXPECT_EQ("invalid_grant", ReasonOf(daemon_.Call<proto::token::RedeemCode>(Redeeming(app, code))));
    EXPECT_EQ(1, EventsAfter(begun, "code.redeem", proto::AuditEvent::Outcome::kAllowed));
  }
  ChainHolds();
}

TEST_F(Races, I30_ReuseKillsTheGrantAlsoAfterKill9) {
  const SecretBytes first = First();
  const auto second = daemon_.Call<proto::token::Refresh>(Request(first));
  ASSERT_TRUE(second.ok());
  daemon_.Kill();
  daemon_.Start();
  const auto again = daemon_.Call<proto::token::Refresh>(Request(first));
  ASSERT_TRUE(again.ok()) << again.error().text;
  EXPECT_TRUE(*again->refresh_token == *second->refresh_token);
  daemon_.Advance(11);
  EXPECT_EQ("invalid_grant", ReasonOf(daemon_.Call<proto::token::Refresh>(Request(first))));
  daemon_.Kill();
  daemon_.Start();
  EXPECT_EQ("invalid_grant", ReasonOf(daemon_.Call<proto::token::Refresh>(Request(*second->refresh_token))));
  const auto dead = daemon_.Call<proto::token::Verify>({second->access_token.Clone()});
  EXPECT_FALSE(dead->active);
}

}  // namespace
}  // namespace fob::testing
