// kill -9 at any moment of a login, a ticket and its redemption: what fobd said stands when it is
// back.
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/functional/e2e/end_to_end.h"
#include "tests/support/fault_points.h"

namespace fob::testing {
namespace {

using std::chrono::microseconds;

// What one round was told before fobd was gone. Empty: not told, or not even tried.
struct Round {
  std::string code;
  bool code_tried = false;
  std::string handle;
  bool confirm_tried = false;
  std::string login;
  std::string ticket;
  bool exchange_tried = false;
  bool redeemed = false;
};

class KillNine : public EndToEnd {
 protected:
  KillNine() {
    EnrolTotp();
    wiki_ = AddApp("Wiki", {"wiki"});
  }

  template <typename Method>
  Result<typename Method::Out> Try(const typename Method::In& in) {
    FOB_TRY(auto connection, proto::Connection::Open(daemon_.socket(), proto::DeadlineIn(20'000)));
    return connection.Call<Method>(in, proto::DeadlineIn(20'000));
  }

  Result<proto::Granted> LogInBy(const std::string& code, bool* tried = nullptr) {
    FOB_TRY(auto connection, proto::Connection::Open(daemon_.socket(), proto::DeadlineIn(20'000)));
    proto::login::Begin::In in;
    in.user = Me();
    in.service = "sshd";
    in.vouched = {"password"};
    const auto quiet = [](auto) { return Ok(); };
    FOB_TRY(const auto asked,
            connection.Stream<proto::login::Begin>(in, proto::DeadlineIn(20'000), quiet));
    if (!asked.ask.has_value()) return MakeError(Code::kInternal, "test", "nothing is asked");
    if (tried != nullptr) *tried = true;
    FOB_TRY(auto done, connection.Stream<proto::login::Continue>(
                           {SecretBytes(code)}, proto::DeadlineIn(20'000), quiet));
    if (!done.granted.has_value()) return MakeError(Code::kInternal, "test", "not granted");
    return *std::move(done.granted);
  }
  Result<proto::login::Confirm::Out> ConfirmBy(const std::string& handle) {
    return Try<proto::login::Confirm>({SecretBytes(handle), Me(), "sshd", std::nullopt});
  }
  Result<proto::token::Exchange::Out> Redeem(const std::string& ticket) {
    return Try<proto::token::Exchange>(
        {wiki_.id, wiki_.secret.Clone(), {}, SecretBytes(ticket), std::nullopt});
  }

  Round Live() {
    Round round;
    round.code = NextCode();
    begun_.store(true);
    begun_.notify_all();
    const auto granted = LogInBy(round.code, &round.code_tried);
    if (!granted.ok()) return round;
    round.handle = granted->handle->RevealText();
    round.confirm_tried = true;
    const auto confirmed = ConfirmBy(round.handle);
    if (!confirmed.ok()) return round;
    round.login = confirmed->login.login;
    const auto ticket =
        Try<proto::token::Ticket>({wiki_.id, std::nullopt, std::nullopt, round.login});
    if (!ticket.ok()) return round;
    round.ticket = ticket->ticket.RevealText();
    round.exchange_tried = true;
    round.redeemed = Redeem(round.ticket).ok();
    return round;
  }

  void Check(const Round& round) {
    if (!round.handle.empty()) {
      EXPECT_EQ("replayed_code", ReasonOf(LogInBy(round.code)));
    } else {
      // Perhaps it was on the disk, and fobd died before it said so.
      const std::string reason = ReasonOf(LogInBy(round.code));
      EXPECT_TRUE(reason.empty() || (round.code_tried && reason == "replayed_code")) << reason;
      EXPECT_EQ("replayed_code", ReasonOf(LogInBy(round.code)));
    }
    if (!round.login.empty()) {
      EXPECT_EQ(proto::LoginInfo::State::kLive, FindLogin(round.login).state);
      EXPECT_FALSE(ConfirmBy(round.handle).ok()) << "a handle works twice";
    } else if (!round.handle.empty()) {
      EXPECT_TRUE(ConfirmBy(round.handle).ok() || round.confirm_tried) << "a handle is lost";
      EXPECT_FALSE(ConfirmBy(round.handle).ok()) << "a handle works twice";
    }
    if (round.ticket.empty()) return;
    const std::string reason = ReasonOf(Redeem(round.ticket));
    if (round.redeemed) {
      EXPECT_EQ("ticket_used", reason);
    } else {
      EXPECT_TRUE(reason.empty() || (round.exchange_tried && reason == "ticket_used")) << reason;
      EXPECT_EQ("ticket_used", ReasonOf(Redeem(round.ticket)));
    }
  }

  App wiki_;
  std::atomic<bool> begun_ = false;
};

TEST_F(KillNine, I18_I30_WhatWasSaidStandsWhenItIsBack) {
  const int rounds = All() ? 300 : 10;
  const char* given = std::getenv("FOB_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::printf("seed %llu (FOB_SEED repeats it)\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);

  // How long an undisturbed round takes, so that the blows fall all over it and a little beyond.
  microseconds quiet(0);
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(Live().redeemed);
    quiet = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start);
  }
  int stages[5] = {};
  for (int i = 0; i < rounds && !HasFailure(); ++i) {
    SCOPED_TRACE("round " + std::to_string(i));
    const microseconds delay(random() % static_cast<uint64_t>(quiet.count() * 5 / 4 + 1));
    begun_.store(false);
    const pid_t pid = daemon_.pid();
    std::thread killer([&] {
      begun_.wait(false);
      std::this_thread::sleep_for(delay);
      ::kill(pid, SIGKILL);
    });
    const Round round = Live();
    killer.join();
    daemon_.Kill();
    daemon_.Start();
    Check(round);
    ++stages[round.redeemed          ? 4
             : !round.ticket.empty() ? 3
             : !round.login.empty()  ? 2
             : !round.handle.empty() ? 1
                                     : 0];
    if (i % 25 != 0 && i + 1 != rounds) continue;
    const auto chain = daemon_.Call<proto::admin::VerifyAudit>({});
    ASSERT_TRUE(chain.ok());
    EXPECT_TRUE(chain->intact) << chain->why.value_or("");
  }
  std::printf("%d rounds of %lld us; killed before the login was granted %d, before its session %d, "
              "before the ticket %d, before its redemption %d, after it %d\n",
              rounds, static_cast<long long>(quiet.count()), stages[0], stages[1], stages[2],
              stages[3], stages[4]);
}

}  // namespace
}  // namespace fob::testing
