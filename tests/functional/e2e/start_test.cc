// Starts that must fail, with a message that says where.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/functional/e2e/end_to_end.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Start : public ::testing::Test {
 protected:
  void Refuses(const std::string& message) {
    EXPECT_NE(0, daemon_.RunToEnd());
    EXPECT_THAT(daemon_.log(), HasSubstr(message));
    EXPECT_FALSE(proto::Connection::Open(daemon_.socket(), proto::DeadlineIn(1'000)).ok());
  }
  void Append(const std::string& text) { std::ofstream(daemon_.config(), std::ios::app) << text; }

  DaemonProcess daemon_;
};

TEST_F(Start, TheRealProgramServesAndEndsOnSigterm) {
  daemon_.Start();
  EXPECT_EQ(daemon_.pid(), daemon_.Call<proto::admin::Status>({})->status.pid);
  EXPECT_EQ(0, daemon_.Stop());
  daemon_.Start();
  daemon_.Kill();
  daemon_.Start();
  EXPECT_EQ(0, daemon_.Stop());
}

TEST_F(Start, NothingOfItsOwnBecomesAStandardStreamThatWasClosed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root sees the descriptors of a process that nobody may dump";
  DaemonSetup setup;
  setup.before = [] {
    for (int fd = 0; fd <= 2; ++fd) ::close(fd);
  };
  daemon_.Configure(setup);
  daemon_.Start();
  for (const char* fd : {"0", "1", "2"})
    EXPECT_EQ("/dev/null", std::filesystem::read_symlink("/proc/" + std::to_string(daemon_.pid()) + "/fd/" + fd));
}

TEST_F(Start, AnUnknownKeyStopsItWithLineAndColumn) {
  DaemonSetup setup;
  setup.tables = "[timing]\nticket_lifetyme = 5\n";
  daemon_.Configure(setup);
  Refuses("ticket_lifetyme");
  EXPECT_THAT(daemon_.log(), HasSubstr(daemon_.config() + ":9:1: "));
}

TEST_F(Start, AFileThatOthersCanWriteStopsIt) {
  ::chmod(daemon_.config().c_str(), 0664);
  Refuses(daemon_.config() + ": others than its owner may write it");
}

TEST_F(Start, AMasterKeyThatOthersCanReadStopsIt) {
  ::chmod(daemon_.Path("etc/master.key").c_str(), 0444);
  Refuses("make it 0400");
}

TEST_F(Start, AnotherMasterKeyStopsItInsteadOfLosingSecrets) {
  daemon_.Start();
  daemon_.Stop();
  const std::string key = daemon_.Path("etc/master.key");
  ::unlink(key.c_str());
  std::ofstream(key) << std::string(32, 'x');
  ::chmod(key.c_str(), 0400);
  EXPECT_NE(0, daemon_.RunToEnd());
}

TEST_F(Start, ASecondDaemonOnOneSocketIsRefusedAndHarmsNothing) {
  daemon_.Start();
  const std::string program = FOB_BIN_DIR "/fobd";
  const std::string said =
      OutputOf({"/bin/sh", "-c", "! \"$0\" --config \"$1\" 2>&1", program, daemon_.config()});
  EXPECT_THAT(said, HasSubstr("another fobd"));
  EXPECT_TRUE(daemon_.Call<proto::admin::Status>({}).ok());
}

TEST_F(Start, WithoutALastRuleThatMatchesEverythingItDoesNotStart) {
  DaemonSetup setup;
  setup.rules = "[[rule]]\nname = \"ssh\"\nservice = \"sshd\"\nrequire = \"totp\"\n";
  daemon_.Configure(setup);
  Refuses("rule");
}

}  // namespace
}  // namespace fob::testing
