// Refresh tokens against the real daemon: many at once, and with it killed between.
#include <atomic>
#include <barrier>
#include <mutex>
#include <set>
#include <thread>

#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

class RefreshRaces : public EndToEnd {
 protected:
  RefreshRaces() {
    EnrolTotp();
    LogIn();
    proto::ClientSettings settings;
    settings.audiences = {{"wiki"}};
    settings.refresh_lifetime_ms = 3'600'000;
    wiki_ = AddApp("Wiki", settings);
  }
  proto::token::Refresh::In Request(const SecretBytes& token) const {
    return {wiki_.id, wiki_.secret.Clone(), token.Clone(), std::nullopt};
  }
  SecretBytes First() {
    auto ticket = Ticket(wiki_);
    auto tokens = Exchange(wiki_, ticket->ticket);
    return std::move(*tokens->refresh_token);
  }
  int Events(const std::string& action) {
    const auto out = daemon_.Call<proto::admin::TailAudit>({100, std::nullopt, std::nullopt, std::nullopt, action, std::nullopt});
    return out.ok() ? static_cast<int>(out->events.size()) : -1;
  }
  void ChainHolds() {
    const auto chain = daemon_.Call<proto::admin::VerifyAudit>({});
    ASSERT_TRUE(chain.ok());
    EXPECT_TRUE(chain->intact);
  }
  // Thirty-two apps ask, each on a connection of its own a time, while fobd is killed and comes back; each until it was
  // asked once after that. `ask` runs on their threads.
  template <typename Ask>
  void ThroughARestart(Ask ask) {
    std::atomic<bool> restarted = false;
    std::atomic<int> asked = 0;
    std::vector<std::jthread> apps;
    for (int i = 0; i < 32; ++i) {
      apps.emplace_back([&] {
        // Until one was asked and answered after the restart.
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
    while (asked < 40) std::this_thread::yield();
    daemon_.Kill();
    daemon_.Start();
    restarted = true;
  }
  App wiki_;
};

// 32 connections that are open before the first of them speaks, 50 tokens.
TEST_F(RefreshRaces, I30_OneOf32RefreshesAtOnceRotatesAndAllHearTheSame) {
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

TEST_F(RefreshRaces, I30_ARestartInTheMiddleChangesNoAnswer) {
  for (int round = 0; round < 3; ++round) {
    const SecretBytes token = First();
    std::mutex mutex;
    std::set<std::string> answers;
    std::set<std::string> reasons;
    ThroughARestart([&](proto::Connection& connection) {
      const auto out = connection.Call<proto::token::Refresh>(Request(token), proto::DeadlineIn(60'000));
      const std::lock_guard lock(mutex);
      if (out.ok()) answers.insert(std::string(out->refresh_token->RevealText()));
      if (!out.ok() && out.error().code == Code::kDenied) reasons.insert(out.error().reason);
    });
    EXPECT_EQ(1U, answers.size()) << "round " << round;
    EXPECT_TRUE(reasons.empty()) << *reasons.begin();
  }
  ChainHolds();
}

TEST_F(RefreshRaces, I30_OneOf32RedemptionsSucceedsWithARestartInTheMiddle) {
  for (int round = 0; round < 3; ++round) {
    auto ticket = Ticket(wiki_);
    ASSERT_TRUE(ticket.ok());
    std::atomic<int> good = 0;
    ThroughARestart([&](proto::Connection& connection) {
      const auto out = connection.Call<proto::token::Exchange>(
          {wiki_.id, wiki_.secret.Clone(), ticket->ticket.Clone(), std::nullopt}, proto::DeadlineIn(60'000));
      if (out.ok()) ++good;
    });
    // The one success may have been on its way when the daemon was killed: then nobody has it.
    EXPECT_LE(good, 1);
    EXPECT_EQ("ticket_used", ReasonOf(Exchange(wiki_, ticket->ticket)));
  }
  ChainHolds();
}

TEST_F(RefreshRaces, I30_ReuseKillsTheGrantAlsoAfterKill9) {
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
