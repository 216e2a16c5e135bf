// I30: of many redemptions at once one succeeds, whatever dies meanwhile.
#include <atomic>
#include <set>
#include <thread>

#include "tests/functional/web_e2e/web_end_to_end.h"

namespace fob::testing {
namespace {

constexpr int kAtOnce = 32;

class Once : public WebEndToEnd {
 protected:
  // Answers of `kAtOnce` requests at the same time.
  std::vector<HttpAnswer> Together(const std::function<HttpAnswer()>& ask) {
    std::vector<HttpAnswer> answers(kAtOnce);
    std::atomic<int> waiting = 0;
    std::vector<std::thread> threads;
    for (HttpAnswer& answer : answers) {
      threads.emplace_back([&] {
        ++waiting;
        while (waiting < kAtOnce) std::this_thread::yield();
        answer = ask();
      });
    }
    for (std::thread& thread : threads) thread.join();
    return answers;
  }
  static int Successes(const std::vector<HttpAnswer>& answers) {
    return static_cast<int>(std::ranges::count(answers, 200, &HttpAnswer::status));
  }
  std::string ExchangeForm(const SecretBytes& ticket) {
    return FormOf({{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"}, {"subject_token", std::string(ticket.RevealText())},
                   {"subject_token_type", "urn:ietf:params:oauth:token-type:fob-ticket"}});
  }
  HttpAnswer Exchange(const App& app, const SecretBytes& ticket) {
    HttpClient client(socket_.port());
    return client.Post("/token", ExchangeForm(ticket), {{"Authorization", Basic(app.id, std::string(app.secret.RevealText()))}});
  }
};

TEST_F(Once, I30_OneOf32RedemptionsOfACodeSucceeds) {
  const App app = AddWebApp("app");
  const std::string code = Code(app);
  const auto answers = Together([&] { return Redeem(app, code); });
  EXPECT_EQ(1, Successes(answers));
  for (const HttpAnswer& answer : answers) {
    if (answer.status != 200) {
      EXPECT_EQ("invalid_grant", Member(answer, "error"));
    }
    // It came again: whoever has the first one's tokens may be a thief.
    if (answer.status == 200) {
      EXPECT_FALSE(Active(app, Member(answer, "access_token")));
    }
  }
}

TEST_F(Once, I30_OneOf32RedemptionsOfATicketSucceeds) {
  const App app = AddApp("app", {"api"}, {"read"});
  LogIn();
  const auto ticket = Ticket(app);
  ASSERT_TRUE(ticket.ok()) << ticket.error().text;
  EXPECT_EQ(1, Successes(Together([&] { return Exchange(app, ticket->ticket); })));
}

TEST_F(Once, I30_32RefreshesAtOnceAreOneRefresh) {
  const App app = AddWebApp("app");
  const std::string refresh = Member(Redeem(app, Code(app)), "refresh_token");
  const auto answers = Together([&] { return Token(app, {{"grant_type", "refresh_token"}, {"refresh_token", refresh}}); });
  std::set<std::string> next;
  for (const HttpAnswer& answer : answers) next.insert(Member(answer, "refresh_token"));
  next.erase("");
  EXPECT_EQ(1u, next.size()) << "the same request gets the same answer";
}

TEST_F(Once, AMachinesFirstTokensMayAllBeAskedForAtOnce) {
  proto::ClientSettings settings;
  settings.machine = true;
  settings.audiences = {{"api"}};
  settings.scopes = {{"read"}};
  const App app = AddApp("machine", std::move(settings));
  for (const HttpAnswer& answer : Together([&] { return Token(app, {{"grant_type", "client_credentials"}}); })) {
    EXPECT_EQ(200, answer.status) << answer.body;
  }
}

// Kills a process in the midst of the redemptions; what they and one more afterwards answered. What is started dies with its
// thread, which is this one.
class Killed : public Once, public ::testing::WithParamInterface<bool> {
 protected:
  std::vector<HttpAnswer> Redeemed(int ms, const std::function<HttpAnswer()>& ask) {
    std::vector<HttpAnswer> answers;
    std::thread redeems([&] { answers = Together(ask); });
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    if (GetParam()) {
      daemon_.Kill();
      daemon_.Start();
    } else {
      webd_->Kill();
      webd_->Start();
    }
    redeems.join();
    answers.push_back(ask());
    EXPECT_NE(0, answers.back().status);
    EXPECT_NE(503, answers.back().status) << "all is as before";
    return answers;
  }
};

TEST_P(Killed, I30_NoCodeIsRedeemedTwice) {
  const App app = AddWebApp("app");
  for (int round = 0; round < 4; ++round) {
    const std::string code = Code(app);
    EXPECT_LE(Successes(Redeemed(2 * round, [&] { return Redeem(app, code); })), 1) << round;
  }
}

TEST_P(Killed, I30_NoTicketIsRedeemedTwice) {
  const App app = AddApp("app", {"api"}, {"read"});
  LogIn();
  for (int round = 0; round < 4; ++round) {
    const auto ticket = Ticket(app);
    ASSERT_TRUE(ticket.ok()) << ticket.error().text;
    EXPECT_LE(Successes(Redeemed(2 * round, [&] { return Exchange(app, ticket->ticket); })), 1) << round;
  }
}

TEST_P(Killed, I30_ARefreshTokenHasOneSuccessor) {
  const App app = AddWebApp("app");
  for (int round = 0; round < 4; ++round) {
    const std::string refresh = Member(Redeem(app, Code(app)), "refresh_token");
    const auto answers = Redeemed(2 * round, [&] { return Token(app, {{"grant_type", "refresh_token"}, {"refresh_token", refresh}}); });
    std::set<std::string> next;
    for (const HttpAnswer& answer : answers) next.insert(Member(answer, "refresh_token"));
    next.erase("");
    EXPECT_EQ(1u, next.size()) << round;
    EXPECT_EQ(200, answers.back().status) << "whoever lost the answer asks again: " << answers.back().body;
  }
}

INSTANTIATE_TEST_SUITE_P(Once, Killed, ::testing::Bool(), [](const auto& which) { return which.param ? "fobd" : "webd"; });

}  // namespace
}  // namespace fob::testing
