#include "daemon/host/folder_lock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace fob::host {
namespace {

TEST(FolderLock, IsHeldByOneAndFreeWhenLetGo) {
  std::string folder = ::testing::TempDir() + "fob-lock-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  {
    const auto first = LockFolder(folder);
    ASSERT_TRUE(first.ok());
    const auto second = LockFolder(folder);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().reason, "already_running");
    EXPECT_NE(second.error().text.find(folder), std::string::npos);
  }
  EXPECT_TRUE(LockFolder(folder).ok());
  std::filesystem::remove_all(folder);
  EXPECT_EQ(LockFolder(folder).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace fob::host
