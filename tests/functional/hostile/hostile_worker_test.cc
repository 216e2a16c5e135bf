// A key worker that was overtaken by what it parsed: fobd ends the ceremony in time, tells and
// keeps nothing of it that is out of bounds, and serves the next one.
#include <signal.h>

#include <chrono>

#include "tests/functional/e2e/key_fixture.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

using std::chrono::steady_clock;

DaemonSetup QuickToGiveUp() {
  DaemonSetup setup = AtTheStartOfAStep();
  setup.tables = "[timing]\ntouch_timeout = 2\n";
  return setup;
}

class HostileWorker : public KeysEndToEnd, public ::testing::WithParamInterface<const char*> {
 protected:
  HostileWorker() : KeysEndToEnd(QuickToGiveUp()) { EnrolKey("blue"); }

  void UseWorker(const char* behaviour) {
    DaemonSetup setup = QuickToGiveUp();
    if (behaviour != nullptr) setup.worker = {FOB_BIN_DIR "/scripted-worker", behaviour};
    daemon_.Configure(std::move(setup));
    daemon_.Restart();
  }
};

TEST_P(HostileWorker, EndsInTimeAndHarmsNobody) {
  UseWorker(GetParam());
  for (int round = 0; round < 3; ++round) {
    ScriptedConversation person;
    person.AnyInfo().Error("");
    const auto start = steady_clock::now();
    const int result = Session("login", person).Authenticate();
    EXPECT_TRUE(result == PAM_AUTH_ERR || result == PAM_AUTHINFO_UNAVAIL) << PamResult(result);
    EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(8));
    ASSERT_FALSE(person.seen().empty());
    for (const std::string& line : person.seen()) {
      EXPECT_LT(line.size(), 500u);
      EXPECT_EQ(line.find('\x1b'), std::string::npos);
    }
    EXPECT_LT(person.seen().size(), 60u);
    EXPECT_LT(LastEvent().detail.value_or("").size(), 64u);
    EXPECT_NE(proto::AuditEvent::Outcome::kAllowed, LastEvent().outcome);
  }
  EXPECT_EQ(0, ::kill(daemon_.pid(), 0)) << daemon_.log();
  UseWorker(nullptr);
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
}

INSTANTIATE_TEST_SUITE_P(Each, HostileWorker,
                         ::testing::Values("dies", "dies later", "mute", "deaf", "garbage", "empty",
                                           "other type", "cut", "endless", "floods", "shouts",
                                           "answers"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, ' ');
                           return name;
                         });

}  // namespace
}  // namespace fob::testing
