#include "daemon/host/pidfd.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "daemon/host/proc_files.h"

namespace fob::host {
namespace {

// A child that sleeps until it is killed.
class Child {
 public:
  Child() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
  }
  ~Child() { End(); }
  void End() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    gone_ = std::exchange(pid_, -1);
  }
  pid_t pid() const { return pid_ > 0 ? pid_ : gone_; }

 private:
  pid_t pid_;
  pid_t gone_ = -1;
};

TEST(Pidfd, NamesEachProcessByANumberOfItsOwn) {
  if (!KernelTellsOfPidfds()) GTEST_SKIP() << "this kernel does not tell";
  Child one;
  const Child other;
  const auto first = PidfdOf(one.pid());
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->uids.Holds(::getuid()));
  EXPECT_EQ(PidfdOf(one.pid())->number, first->number);
  EXPECT_NE(PidfdOf(other.pid())->number, first->number);
  one.End();
  EXPECT_FALSE(PidfdOf(one.pid()).has_value());
}

// However the kernel tells.
TEST(ProcFiles, UidsAreThoseOfTheProcessThatStartedThen) {
  Child child;
  for (const ProcFiles& proc : {ProcFiles(), ProcFiles("/proc")}) {
    const auto start = proc.StartTime(child.pid());
    ASSERT_TRUE(start.has_value());
    const auto uids = proc.UidsOf(child.pid(), *start);
    ASSERT_TRUE(uids.has_value());
    EXPECT_TRUE(uids->Holds(::getuid()));
    EXPECT_FALSE(uids->Holds(::getuid() + 1));
    EXPECT_FALSE(proc.UidsOf(child.pid(), *start + 1).has_value());
  }
  const uint64_t start = *ProcFiles().StartTime(child.pid());
  child.End();
  EXPECT_FALSE(ProcFiles().UidsOf(child.pid(), start).has_value());
}

}  // namespace
}  // namespace fob::host
