// A state folder that cannot be written, is damaged, or sealed with another key.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Mounts of our own, as root of a user namespace where we are not root. Throws where the host does
// not let us.
void OwnMounts() {
  const uid_t uid = ::geteuid();
  if (uid != 0) {
    if (::unshare(CLONE_NEWUSER) != 0) throw std::runtime_error("no user namespaces");
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << uid << " " << uid << " 1";
    std::ofstream("/proc/self/gid_map") << ::getegid() << " " << ::getegid() << " 1";
  }
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    throw std::runtime_error("no mounts of our own");
}

bool HostLetsUsMount() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    try {
      OwnMounts();
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 1;
  ::waitpid(pid, &status, 0);
  return status == 0;
}

class State : public EndToEnd {
 protected:
  std::string database() const { return daemon_.Path("state/fob.db"); }
  // Everything that was written is in the one file.
  void StopWhole() {
    daemon_.Stop();
    ASSERT_FALSE(std::filesystem::exists(database() + "-wal"));
  }
  // It ends by itself and says so in its last line.
  void RefusesToStart(const ::testing::Matcher<std::string>& says) {
    const size_t before = daemon_.log().size();
    EXPECT_EQ(1, daemon_.RunToEnd());
    EXPECT_THAT(daemon_.log().substr(before), says);
  }
};

TEST_F(State, ThatIsReadOnlyIsRefusedByNameWithTheWayOut) {
  if (!HostLetsUsMount()) GTEST_SKIP() << "needs mounts of its own";
  EnrolTotp();
  daemon_.Stop();
  DaemonSetup setup = AtTheStartOfAStep();
  const std::string state = daemon_.Path("state");
  setup.before = [state] {
    OwnMounts();
    if (::mount(state.c_str(), state.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        ::mount(nullptr, state.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0)
      throw std::runtime_error("mount");
  };
  daemon_.Configure(setup);
  RefusesToStart(AllOf(HasSubstr(database()), HasSubstr("cannot be written"), HasSubstr("read-only")));
  setup.before = {};
  daemon_.Configure(setup);
  daemon_.Start();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
}

TEST_F(State, ThatIsDamagedIsRefusedWithTheWayOut) {
  EnrolTotp();
  StopWhole();
  const auto size = std::filesystem::file_size(database());
  std::filesystem::copy_file(database(), daemon_.Path("good.db"));
  const auto restore = [&] {
    std::filesystem::copy_file(daemon_.Path("good.db"), database(),
                               std::filesystem::copy_options::overwrite_existing);
    for (const char* tail : {"-wal", "-shm"}) std::filesystem::remove(database() + tail);
  };
  const auto damaged = AllOf(HasSubstr(database()), HasSubstr("damaged"), HasSubstr("backup"));
  std::ofstream(database(), std::ios::in | std::ios::binary) << "this was a database once";
  RefusesToStart(damaged);
  restore();
  for (const uintmax_t left : {size / 2, uintmax_t{5000}, uintmax_t{4096}, uintmax_t{100}}) {
    SCOPED_TRACE(left);
    std::filesystem::resize_file(database(), left);
    RefusesToStart(damaged);
    restore();
  }
  {
    // The schema stands, the rest is noise.
    std::fstream file(database(), std::ios::in | std::ios::out | std::ios::binary);
    for (uintmax_t at = 3 * 4096; at + 4096 <= size; at += 4096) {
      file.seekp(static_cast<std::streamoff>(at));
      file << std::string(64, '\x5a');
    }
  }
  RefusesToStart(damaged);
  restore();
  daemon_.Start();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
}

TEST_F(State, ThatWasSealedWithAnotherMasterKeyIsRefusedWithTheWayOut) {
  EnrolTotp();
  daemon_.Stop();
  const std::string key = daemon_.Path("etc/master.key");
  std::filesystem::rename(key, key + ".good");
  std::ofstream(key) << std::string(32, 'x');
  ::chmod(key.c_str(), 0400);
  RefusesToStart(AllOf(HasSubstr(key), HasSubstr("master key"), HasSubstr("sealed with another")));
  std::filesystem::rename(key + ".good", key);
  daemon_.Start();
  EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode())) << "nothing was lost";
}

}  // namespace
}  // namespace fob::testing
