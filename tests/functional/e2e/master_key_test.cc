// The master key is changed while fobd runs, and while it is killed.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "tests/functional/e2e/end_to_end.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class MasterKey : public EndToEnd {
 protected:
  std::string Fobctl(const std::string& arguments) const {
    return OutputOf({"/bin/sh", "-c",
                     FOB_BIN_DIR "/fobctl --socket " + daemon_.socket() + " " + arguments +
                         " 2>&1 || echo exit $?"});
  }
  std::string Key() const {
    std::ostringstream text;
    text << std::ifstream(daemon_.Path("etc/master.key"), std::ios::binary).rdbuf();
    return text.str();
  }
};

TEST_F(MasterKey, IsChangedWhileFobdRuns) {
  EnrolTotp();
  const std::string before = Key();
  EXPECT_THAT(Fobctl("master rotate"), HasSubstr("now holds master key"));
  EXPECT_NE(Key(), before);
  EXPECT_FALSE(std::filesystem::exists(daemon_.Path("etc/master.key.new")));
  struct stat info {};
  ASSERT_EQ(::stat(daemon_.Path("etc/master.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0400u);
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
  daemon_.Restart();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
  EXPECT_THAT(Fobctl("audit tail --action master_key"), HasSubstr("master_key.rotated"));
}

TEST_F(MasterKey, KilledAtAnyMomentItLosesNoSecretAndGoesOn) {
  EnrolTotp();
  std::mt19937 random(20240131);
  int interrupted = 0;
  for (int round = 0; round < 30; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const int nothing = ::open("/dev/null", O_RDWR);
      for (int fd : {0, 1, 2}) ::dup2(nothing, fd);
      ::execl(FOB_BIN_DIR "/fobctl", "fobctl", "--socket", daemon_.socket().c_str(), "master", "rotate", nullptr);
      ::_exit(127);
    }
    // A moment of the change, none of which can be waited for: that is the point.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    const bool both = round % 3 == 0;
    if (both) ::kill(child, SIGKILL);
    daemon_.Kill();
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) ++interrupted;
    daemon_.Start();
    ASSERT_EQ(Authenticate("sshd", NextCode()), PAM_SUCCESS) << "round " << round << "\n" << daemon_.log();
  }
  EXPECT_GT(interrupted, 0);
  EXPECT_THAT(Fobctl("master rotate"), HasSubstr("now holds master key"));
  daemon_.Restart();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
  EXPECT_THAT(Fobctl("audit verify"), HasSubstr("intact"));
}

TEST_F(MasterKey, AnotherOneStopsTheStartAndNamesTheFileAndTheWayOut) {
  EnrolTotp();
  daemon_.Stop();
  const std::string path = daemon_.Path("etc/master.key");
  std::filesystem::remove(path);
  std::ofstream(path) << std::string(32, 'x');
  ::chmod(path.c_str(), 0400);
  EXPECT_NE(daemon_.RunToEnd(), 0);
  EXPECT_THAT(daemon_.log(), AllOf(HasSubstr(path), HasSubstr("put that file back"), HasSubstr("docs/operations.md")));
  EXPECT_FALSE(std::filesystem::exists(daemon_.socket()));
}

}  // namespace
}  // namespace fob::testing
