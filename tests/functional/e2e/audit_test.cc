// The audit trail of the real daemon: its head in the journal, and what verifying finds.
#include <sqlite3.h>

#include <fstream>
#include <regex>
#include <thread>

#include "tests/functional/e2e/end_to_end.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AuditTrail : public EndToEnd {
 protected:
  std::vector<std::string> HeadsInTheLog() const {
    const std::string log = daemon_.log();
    const std::regex head("audit head ([0-9]+:[0-9a-f]{64}:[A-Za-z0-9_-]+)\n");
    std::vector<std::string> heads;
    for (std::sregex_iterator at(log.begin(), log.end(), head), end; at != end; ++at)
      heads.push_back((*at)[1]);
    return heads;
  }
  // It is told when the store has it, which nobody waits for at the start.
  void AwaitTheFirstHead() const {
    for (int tries = 0; tries < 1000 && HeadsInTheLog().empty(); ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  // SQL behind the back of a daemon that has ended.
  void Tamper(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(daemon_.Path("state/fob.db").c_str(), &handle), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_close(handle);
  }
  std::string Fobctl(const std::string& arguments) const {
    return OutputOf({"/bin/sh", "-c", FOB_BIN_DIR "/fobctl --socket " + daemon_.socket() + " " + arguments + " 2>&1 || echo exit $?"});
  }
};

TEST_F(AuditTrail, ItsHeadIsSignedAtStartAndStopAndHoldsAfterwards) {
  AwaitTheFirstHead();
  ASSERT_EQ(HeadsInTheLog().size(), 1u);
  EnrolTotp();
  LogIn();
  ASSERT_EQ(daemon_.Stop(), 0);
  ASSERT_EQ(HeadsInTheLog().size(), 2u);
  daemon_.Start();
  EXPECT_THAT(Fobctl("audit verify --heads " + daemon_.Path("fobd.log")), HasSubstr("intact"));
  EXPECT_THAT(Fobctl("audit export | tail -n 1"), HasSubstr("\"jwk\""));
}

TEST_F(AuditTrail, ATailThatWasCutOffIsNamedFromTheJournal) {
  EnrolTotp();
  LogIn();
  ASSERT_EQ(daemon_.Stop(), 0);
  const std::string last = HeadsInTheLog().back();
  const int64_t seq = std::stoll(last);
  Tamper("DELETE FROM audit WHERE seq = " + std::to_string(seq));
  daemon_.Start();
  EXPECT_THAT(Fobctl("audit verify"), HasSubstr("exit 1")) << "the store keeps the head, too";
  EXPECT_THAT(Fobctl("audit tail"), HasSubstr("audit.broken"));
  EXPECT_THAT(daemon_.log(), HasSubstr("tampered with"));
  // Who takes that away as well is caught by the journal alone.
  ASSERT_EQ(daemon_.Stop(), 0);
  Tamper("DELETE FROM audit_heads");
  daemon_.Start();
  EXPECT_THAT(Fobctl("audit verify"), HasSubstr("intact"));
  const std::string said = Fobctl("audit verify --head " + last);
  EXPECT_THAT(said, HasSubstr("broken at event " + std::to_string(seq)));
  EXPECT_THAT(said, HasSubstr("exit 1"));
}

TEST_F(AuditTrail, AChangedAndARemovedEventAreNamed) {
  EnrolTotp();
  LogIn();
  ASSERT_EQ(daemon_.Stop(), 0);
  Tamper("UPDATE audit SET rhost = 'elsewhere' WHERE seq = 3");
  daemon_.Start();
  EXPECT_THAT(Fobctl("audit verify"), HasSubstr("broken at event 3 (changed)"));
  daemon_.Stop();
  Tamper("DELETE FROM audit WHERE seq = 2");
  daemon_.Start();
  EXPECT_THAT(Fobctl("audit verify"), HasSubstr("broken at event 2 (missing)"));
}

TEST_F(AuditTrail, ALoginsEventSaysWhoAskedWithWhatAndWhichRule) {
  EnrolTotp();
  const std::string login = LogIn();
  const auto tail = daemon_.Call<proto::admin::TailAudit>(
      {100, std::nullopt, std::nullopt, Me(), "login", std::nullopt, {}});
  ASSERT_TRUE(tail.ok());
  ASSERT_GE(tail->events.size(), 2u);
  const proto::AuditEvent& begin = tail->events.front();
  EXPECT_EQ(begin.caller_uid, static_cast<int64_t>(::geteuid()));
  EXPECT_GT(begin.caller_pid, 0);
  EXPECT_EQ(begin.service, "sshd");
  EXPECT_EQ(begin.rule, "ssh");
  EXPECT_TRUE(begin.subject.has_value()) << "which factor";
}

}  // namespace
}  // namespace fob::testing
