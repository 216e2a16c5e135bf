#include "daemon/config/settings_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/config/minimal.h"

namespace fob::config {
namespace {

class LoadSettingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "fob-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = name + "/fobd.toml";
    Write(Minimal());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& text) {
    std::ofstream(path_) << text;
    ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  }
  std::string Refusal(Code code, std::string_view reason) {
    const auto loaded = LoadSettings(path_);
    if (loaded.ok()) return "loaded";
    EXPECT_EQ(loaded.error().code, code) << loaded.error().text;
    EXPECT_EQ(loaded.error().reason, reason) << loaded.error().text;
    return loaded.error().text;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(LoadSettingsTest, LoadsAPrivateFile) {
  const auto loaded = LoadSettings(path_);
  ASSERT_TRUE(loaded.ok()) << loaded.error().text;
  EXPECT_EQ(loaded->rp_id, "login.example.org");
}

TEST_F(LoadSettingsTest, ErrorsNameThePath) {
  Write("sokcet = 1\n" + Minimal());
  EXPECT_TRUE(Refusal(Code::kInvalidArgument, "bad_config").starts_with(path_ + ":1:1: unknown key \"sokcet\""));
}

TEST_F(LoadSettingsTest, RefusesAFileThatOthersCanWrite) {
  for (const mode_t mode : {0660u, 0602u}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(Refusal(Code::kNotPermitted, "config_unsafe"),
              path_ + ": others than its owner may write it: run chmod go-w " + path_);
  }
}

TEST_F(LoadSettingsTest, RefusesAFolderThatEverybodyCanWriteUnlessSticky) {
  ASSERT_EQ(::chmod(folder_.c_str(), 0777), 0);
  EXPECT_EQ(Refusal(Code::kNotPermitted, "config_unsafe"),
            folder_ + ": everybody may write this folder: run chmod o-w " + folder_);
  ASSERT_EQ(::chmod(folder_.c_str(), 01777), 0);
  EXPECT_TRUE(LoadSettings(path_).ok());
}

TEST_F(LoadSettingsTest, RefusesWhatIsNoRegularFile) {
  std::filesystem::rename(path_, folder_ + "/real");
  std::filesystem::create_symlink("real", path_);
  EXPECT_EQ(Refusal(Code::kNotPermitted, "config_unsafe"), path_ + ": is a symbolic link; name the file itself");
  std::filesystem::remove(path_);
  EXPECT_EQ(Refusal(Code::kUnavailable, "config_unreadable"), "cannot read " + path_ + ": No such file or directory");
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(Refusal(Code::kNotPermitted, "config_unsafe"), path_ + ": is not a regular file");
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(Refusal(Code::kNotPermitted, "config_unsafe"), path_ + ": is not a regular file");
}

TEST_F(LoadSettingsTest, RefusesAnotherOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root to give a file away";
  ASSERT_EQ(::chown(path_.c_str(), 65533, 65533), 0);
  EXPECT_EQ(Refusal(Code::kNotPermitted, "config_unsafe"),
            path_ + ": belongs to uid 65533; it must belong to root or to uid 0");
  ASSERT_EQ(::chown(path_.c_str(), 0, 0), 0);
  ASSERT_EQ(::chown(folder_.c_str(), 65533, 65533), 0);
  EXPECT_EQ(Refusal(Code::kNotPermitted, "config_unsafe"),
            folder_ + ": belongs to uid 65533, who could replace fobd.toml");
}

TEST_F(LoadSettingsTest, RefusesMoreThan256KiB) {
  Write(Minimal() + "#" + std::string(256 * 1024, 'x'));
  EXPECT_EQ(Refusal(Code::kUnavailable, "config_unreadable"), "cannot read " + path_ + ": it is larger than 256 KiB");
}

}  // namespace
}  // namespace fob::config
