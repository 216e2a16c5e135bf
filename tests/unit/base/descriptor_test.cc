#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <set>

#include "base/random.h"
#include "base/unique_fd.h"
#include "base/unique_function.h"

namespace fob {
namespace {

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
UniqueFd OpenNull() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(UniqueFd, ClosesOnce) {
  int fd = -1;
  {
    const UniqueFd owned = OpenNull();
    fd = owned.get();
    EXPECT_TRUE(owned.valid() && IsOpen(fd));
  }
  EXPECT_FALSE(IsOpen(fd));
  EXPECT_FALSE(UniqueFd().valid());
}

TEST(UniqueFd, MovesReleasesAndResets) {
  UniqueFd a = OpenNull();
  const int first = a.get();
  UniqueFd b(std::move(a));
  EXPECT_FALSE(a.valid());  // NOLINT(bugprone-use-after-move): what it is here to show
  EXPECT_EQ(b.get(), first);
  UniqueFd& self = b;
  b = std::move(self);
  EXPECT_TRUE(IsOpen(first));
  UniqueFd c = OpenNull();
  const int second = c.get();
  b = std::move(c);
  EXPECT_FALSE(IsOpen(first));
  EXPECT_TRUE(IsOpen(second));
  const int released = b.release();
  EXPECT_FALSE(b.valid());
  EXPECT_TRUE(IsOpen(released));
  UniqueFd d(released);
  d.reset();
  EXPECT_FALSE(IsOpen(released));
}

TEST(UniqueFunction, OwnsWhatCannotBeCopied) {
  UniqueFunction<int(int)> add = [held = std::make_unique<int>(5)](int more) { return *held + more; };
  UniqueFunction<int(int)> moved = std::move(add);
  EXPECT_FALSE(static_cast<bool>(add));  // NOLINT(bugprone-use-after-move): what it is here to show
  EXPECT_TRUE(static_cast<bool>(moved));
  EXPECT_EQ(moved(2), 7);
}

TEST(Random, IdsAreTypedAndDiffer) {
  SystemRandom random;
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random.Id("key_");
    EXPECT_EQ(id.size(), 26u);
    EXPECT_TRUE(id.starts_with("key_"));
    EXPECT_TRUE(ids.insert(id).second);
  }
  EXPECT_EQ(random.Take(0).size(), 0u);
  EXPECT_EQ(random.TakeSecret(40).size(), 40u);
}

}  // namespace
}  // namespace fob
