// fobd --restore, watched at each system call: what it is by the time that it reads a backup.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/unique_fd.h"
#include "proto/messages_json.h"
#include "test_paths.h"
#include "tests/functional/sandbox/process_status.h"
#include "tests/support/daemon/daemon_process.h"

namespace fob::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr uid_t kOwner = 4711;

struct Restored {
  int status = -1;  // exit status
  std::string said;
  std::vector<std::string> at_reads;  // of the backup: "Seccomp NoNewPrivs Uids"
};

class ShippedRestore : public ::testing::Test {
 protected:
  void SetUp() override {
    // fobd lets nobody else look into its memory, where the names of files are.
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    daemon_.Start();
    proto::admin::Backup::In in;
    in.with_master_key = true;
    std::ofstream file(backup(), std::ios::binary);
    const auto take = [&file](const proto::admin::Backup::Out& piece) -> Status {
      if (!piece.backup_data.has_value()) return Ok();
      FOB_TRY(const Bytes bytes, Base64UrlDecode(piece.backup_data->RevealText()));
      file << AsText(bytes);
      return Ok();
    };
    proto::Connection connection = daemon_.Connect();
    const auto made = connection.Stream<proto::admin::Backup>(in, proto::DeadlineIn(10'000), take);
    ASSERT_TRUE(made.ok() && take(*made).ok());
    file.close();
    ASSERT_EQ(daemon_.Stop(), 0);
  }

  std::string backup() const { return daemon_.Path("a.backup"); }
  std::string key() const { return daemon_.Path("etc/master.key"); }

  void Give(const std::string& path, uid_t uid) const {
    ASSERT_EQ(::chown(path.c_str(), uid, uid), 0);
    if (!fs::is_directory(path)) return;
    for (const auto& entry : fs::directory_iterator(path)) Give(entry.path(), uid);
  }

  // As `uid`, with `more` words.
  Restored Run(uid_t uid, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"fobd", "--restore", backup(), "--config", daemon_.config()};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string said = daemon_.Path("said");
    const UniqueFd out(::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const UniqueFd program(::open(FOB_BIN_DIR "/fobd", O_RDONLY | O_CLOEXEC));
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::dup2(out.get(), 1);
      ::dup2(out.get(), 2);
      ::alarm(60);
      char* environment[] = {nullptr};
      // Traced by the rights that it has before it becomes another.
      const bool traced = ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0;
      const bool ready = uid == ::geteuid() || (::setresgid(uid, uid, uid) == 0 && ::setresuid(uid, uid, uid) == 0);
      if (traced && ready) ::fexecve(program.get(), argv.data(), environment);
      ::_exit(127);
    }
    Restored restored = Watch(pid);
    std::ifstream text(said);
    restored.said.assign(std::istreambuf_iterator<char>(text), {});
    return restored;
  }

  DaemonProcess daemon_;

 private:
  Restored Watch(pid_t pid) const {
    Restored seen;
    std::set<uint64_t> backups;  // its descriptors
    bool opening = false;
    int status = 0;
    bool first = true;
    while (::waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
      if (first) ::ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
      long deliver = 0;
      if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
        __ptrace_syscall_info call{};
        ::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call);
        if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
          const uint64_t* const args = call.entry.args;
          opening = call.entry.nr == SYS_openat && TextAt(pid, args[1]) == backup();
          if ((call.entry.nr == SYS_pread64 || call.entry.nr == SYS_read) && backups.contains(args[0]))
            seen.at_reads.push_back(StatusOf(pid, "Seccomp") + " " + StatusOf(pid, "NoNewPrivs") + " " + StatusOf(pid, "Uid"));
        } else if (opening && call.exit.rval >= 0) {
          backups.insert(static_cast<uint64_t>(call.exit.rval));
        }
      } else if (!first) {
        deliver = WSTOPSIG(status);
      }
      first = false;
      ::ptrace(PTRACE_SYSCALL, pid, nullptr, deliver);
    }
    seen.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return seen;
  }
  std::string TextAt(pid_t pid, uint64_t address) const {
    std::string text;
    for (;; address += sizeof(long)) {
      errno = 0;
      const long word = ::ptrace(PTRACE_PEEKDATA, pid, address, nullptr);
      if (errno != 0) return text;
      for (size_t i = 0; i < sizeof word; ++i) {
        const char letter = static_cast<char>(word >> (8 * i));
        if (letter == 0) return text;
        text += letter;
      }
    }
  }
};

std::string Locked(uid_t uid) {
  const std::string id = std::to_string(uid);
  return "2 1 " + id + "\t" + id + "\t" + id + "\t" + id;
}

struct stat InfoOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info;
}

TEST_F(ShippedRestore, IsLockedBeforeItReadsTheBackup) {
  const Restored restored = Run(::geteuid());
  EXPECT_EQ(restored.status, 0) << restored.said;
  EXPECT_THAT(restored.said, HasSubstr("epoch 2 has begun"));
  EXPECT_THAT(restored.at_reads, AllOf(Not(IsEmpty()), Each(Locked(::geteuid()))));
  daemon_.Start();
}

TEST_F(ShippedRestore, ByRootItIsTheOwnerForGoodBeforeItReads) {
  Give(daemon_.Path("state"), kOwner);
  Give(key(), kOwner);
  const Restored restored = Run(0);
  EXPECT_EQ(restored.status, 0) << restored.said;
  EXPECT_THAT(restored.at_reads, AllOf(Not(IsEmpty()), Each(Locked(kOwner))));
  EXPECT_EQ(InfoOf(daemon_.Path("state/fob.db")).st_uid, kOwner);
  EXPECT_EQ(InfoOf(backup()).st_uid, 0u);
  Give(daemon_.Path("state"), 0);
  Give(key(), 0);
  daemon_.Start();
  proto::admin::TailAudit::In in;
  in.action = "store.restore";
  const auto trail = daemon_.Call<proto::admin::TailAudit>(in);
  ASSERT_TRUE(trail.ok()) << trail.error().text;
  ASSERT_EQ(trail->events.size(), 1u);
  EXPECT_EQ(trail->events.front().caller_uid, 0) << "root asked for it";
}

TEST_F(ShippedRestore, ByRootAKeyOfRootsIsReadToo) {
  Give(daemon_.Path("state"), kOwner);
  const Restored restored = Run(0);
  EXPECT_EQ(restored.status, 0) << restored.said;
  EXPECT_THAT(restored.at_reads, AllOf(Not(IsEmpty()), Each(Locked(kOwner))));
}

TEST_F(ShippedRestore, ByTheOwnerItWorksWithoutRoot) {
  for (const char* part : {"state", "etc", "a.backup"}) Give(daemon_.Path(part), kOwner);
  const Restored restored = Run(kOwner);
  EXPECT_EQ(restored.status, 0) << restored.said;
  EXPECT_THAT(restored.at_reads, AllOf(Not(IsEmpty()), Each(Locked(kOwner))));
}

TEST_F(ShippedRestore, ThatTakesTheMasterKeyLeavesWritingItToAnother) {
  std::ofstream(key() + ".other") << std::string(32, 'x');
  const auto good = fs::file_size(key());
  std::string former(good, 0);
  std::ifstream(key(), std::ios::binary).read(former.data(), static_cast<std::streamsize>(good));
  fs::rename(key() + ".other", key());
  ::chmod(key().c_str(), 0400);
  Give(daemon_.Path("state"), kOwner);  // the key's folder stays root's
  const Restored restored = Run(::geteuid(), {"--with-master-key"});
  EXPECT_EQ(restored.status, 0) << restored.said;
  EXPECT_THAT(restored.at_reads, AllOf(Not(IsEmpty()), Each(Locked(kOwner))));
  std::string now(good, 0);
  std::ifstream(key(), std::ios::binary).read(now.data(), static_cast<std::streamsize>(good));
  EXPECT_EQ(now, former);
  EXPECT_EQ(InfoOf(key()).st_uid, kOwner);
  EXPECT_EQ(InfoOf(key()).st_mode & 07777, 0400u);
  EXPECT_FALSE(fs::exists(key() + ".new"));
}

// A folder that takes no file: not even for root.
TEST_F(ShippedRestore, ThatCannotWriteTheMasterKeyChangesNothing) {
  fs::create_directory(key() + ".new.tmp");
  const Restored restored = Run(::geteuid(), {"--with-master-key"});
  EXPECT_EQ(restored.status, 5) << restored.said;
  EXPECT_THAT(restored.said, AllOf(HasSubstr("cannot write the master key"), HasSubstr("nothing was changed")));
  EXPECT_FALSE(fs::exists(daemon_.Path("state/restore.tmp")));
  EXPECT_FALSE(fs::exists(daemon_.Path("state/fob.db.before-restore")));
}

}  // namespace
}  // namespace fob::testing
