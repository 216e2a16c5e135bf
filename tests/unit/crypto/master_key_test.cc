#include "daemon/crypto/master_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fob::crypto {
namespace {

class MasterKey : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "fob-master-key-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ + "/master.key";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& bytes, mode_t mode) {
    std::ofstream(path_, std::ios::binary) << bytes;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  Error Refusal() { return LoadMasterKey(path_).error(); }

  std::string folder_;
  std::string path_;
};

TEST_F(MasterKey, ReadsThirtyTwoBytesOfAnOwnFile) {
  const std::string bytes = std::string(31, 'k') + '\0';
  for (const mode_t mode : {0400, 0600}) {
    Write(bytes, mode);
    const auto key = LoadMasterKey(path_);
    ASSERT_TRUE(key.ok()) << key.error().text;
    EXPECT_EQ(key->RevealText(), bytes);
  }
}

TEST_F(MasterKey, RefusesFilesThatOthersReach) {
  Write(std::string(32, 'k'), 0400);
  for (const mode_t mode : {0404, 0420, 0410, 0402, 0700, 0444, 04400}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(Refusal().reason, "master_key_exposed") << std::oct << mode;
  }
}

TEST_F(MasterKey, RefusesWhatBelongsToAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  Write(std::string(32, 'k'), 0400);
  ASSERT_EQ(::chown(path_.c_str(), 65534, 0), 0);
  EXPECT_EQ(Refusal().reason, "master_key_exposed");
}

TEST_F(MasterKey, RefusesOtherSizes) {
  for (const size_t size : {0, 31, 33, 64}) {
    Write(std::string(size, 'k'), 0600);
    EXPECT_EQ(Refusal().code, Code::kInvalidArgument) << size;
  }
}

TEST_F(MasterKey, I3_FollowsNoLinkAndReadsNoPipe) {
  Write(std::string(32, 'k'), 0400);
  const std::string target = folder_ + "/target";
  std::filesystem::rename(path_, target);
  std::filesystem::create_symlink(target, path_);
  EXPECT_EQ(Refusal().code, Code::kNotPermitted);
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(Refusal().code, Code::kInvalidArgument);
}

TEST_F(MasterKey, SaysThatThereIsNone) {
  EXPECT_EQ(Refusal().code, Code::kNotFound);
  EXPECT_NE(Refusal().text.find(path_), std::string::npos);
}

}  // namespace
}  // namespace fob::crypto
