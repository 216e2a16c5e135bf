// SIGHUP: the configuration is read again while fobd serves.
#include <signal.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Reload : public EndToEnd {
 protected:
  // Sends the signal and waits until the log says so.
  void Hangup(const std::string& outcome) {
    const size_t before = daemon_.log().size();
    ::kill(daemon_.pid(), SIGHUP);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (daemon_.log().find(outcome, before) == std::string::npos) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "no \"" << outcome << "\" in " << daemon_.log();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  static DaemonSetup Changed(std::string tables, std::string rules) {
    DaemonSetup setup;
    setup.tables = std::move(tables);
    setup.rules = std::move(rules);
    return setup;
  }
};

constexpr const char* kDenyAll = "[[rule]]\nname = \"nobody\"\naction = \"deny\"\n";

TEST_F(Reload, NewRulesCountAndLoginsStay) {
  EnrolTotp();
  const std::string login = LogIn();
  daemon_.Configure(Changed("", kDenyAll));
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode())) << "the file alone changes nothing";
  Hangup("was read again");
  proto::login::Explain::In asked;
  asked.service = "sshd";
  const auto explained = daemon_.Call<proto::login::Explain>(asked);
  ASSERT_TRUE(explained.ok()) << explained.error().text;
  EXPECT_EQ(explained->rule, "nobody");
  EXPECT_EQ(LiveLogins(), 1u) << login;
}

// The person is asked by a rule that is no more by the time of the answer.
TEST_F(Reload, WhatIsUnderWayKeepsItsRule) {
  EnrolTotp();
  proto::Connection connection = daemon_.Connect();
  proto::login::Begin::In begin;
  begin.user = Me();
  begin.service = "sshd";
  const auto asked = connection.Stream<proto::login::Begin>(begin, proto::DeadlineIn(10'000), [](const auto&) { return Ok(); });
  ASSERT_TRUE(asked.ok() && asked->ask.has_value()) << asked.error().text;
  daemon_.Configure(Changed("", kDenyAll));
  Hangup("was read again");
  const auto granted = connection.Stream<proto::login::Continue>({SecretBytes(NextCode())}, proto::DeadlineIn(10'000),
                                                                 [](const auto&) { return Ok(); });
  ASSERT_TRUE(granted.ok()) << granted.error().text;
  ASSERT_TRUE(granted->granted.has_value());
  EXPECT_EQ(granted->granted->rule, "ssh");
}

TEST_F(Reload, ABadFileChangesNothingAndIsNamed) {
  EnrolTotp();
  daemon_.Configure(Changed("[timing]\nticket_lifetyme = 5\n", kDenyAll));
  Hangup("the old configuration still holds: " + daemon_.config() + ":9:1: ");
  EXPECT_THAT(daemon_.log(), HasSubstr("ticket_lifetyme"));
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
}

// fob-passwd is asked where it was at the start; who the gateway is counts at once.
TEST_F(Reload, WhereThePasswordsAreCheckedTakesARestart) {
  daemon_.Configure(Changed("[web]\ngateway_uid = 4711\npassword_socket = \"/run/fob/other.sock\"\n", kDenyAll));
  Hangup("a restart is needed for web.password_socket");
  daemon_.Configure(Changed("[web]\npassword_worker = [\"/bin/false\"]\nlink = \"touch\"\n", kDenyAll));
  Hangup("a restart is needed for web.password_worker");
}

// The entry is written behind the log's line.
TEST_F(Reload, EachIsAnAuditEvent) {
  daemon_.Configure(Changed("[timing]\nticket_lifetyme = 5\n", kDenyAll));
  Hangup("the old configuration still holds");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (LastEvent().action != "config.reload" && std::chrono::steady_clock::now() < end) {
  }
  EXPECT_EQ(LastEvent().outcome, proto::AuditEvent::Outcome::kFailed);
  EXPECT_EQ(LastEvent().detail, "bad_config");
}

TEST_F(Reload, WhatTakesARestartIsNamedAndKeepsItsValue) {
  std::string rules = DaemonSetup().rules;
  daemon_.Configure(Changed("[limits]\nmax_connections = 7\nmax_connections_per_uid = 7\n", rules));
  Hangup("a restart is needed for limits.max_connections, limits.max_connections_per_uid");
  daemon_.Configure(Changed("[limits]\nmax_connections = 7\nmax_connections_per_uid = 7\n[announce]\ntouch = \"nobody\"\n", rules));
  Hangup("a restart is needed for announce.touch, limits.max_connections");
  EXPECT_TRUE(daemon_.Call<proto::admin::Status>({}).ok());
}

}  // namespace
}  // namespace fob::testing
