// Sockets and state folders that somebody has put in the place of ours.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/functional/e2e/end_to_end.h"

namespace fob::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

class Places : public ::testing::Test {
 protected:
  void Refuses(const ::testing::Matcher<std::string>& says) {
    const size_t before = daemon_.log().size();
    EXPECT_NE(0, daemon_.RunToEnd());
    EXPECT_THAT(daemon_.log().substr(before), says);
  }
  DaemonProcess daemon_;
};

TEST_F(Places, ASocketThatIsALinkOrAFileIsNotReplaced) {
  std::ofstream(daemon_.Path("precious")) << "precious";
  fs::create_symlink(daemon_.Path("precious"), daemon_.socket());
  Refuses(AllOf(HasSubstr(daemon_.socket()), HasSubstr("not a socket")));
  EXPECT_EQ(8u, fs::file_size(daemon_.Path("precious")));
  fs::remove(daemon_.socket());
  fs::create_symlink(daemon_.Path("nowhere"), daemon_.socket());
  Refuses(HasSubstr("not a socket"));
  EXPECT_FALSE(fs::exists(daemon_.Path("nowhere")));
  fs::remove(daemon_.socket());
  std::ofstream(daemon_.socket()) << "precious";
  Refuses(HasSubstr("not a socket"));
  fs::remove(daemon_.socket());
  daemon_.Start();
}

TEST_F(Places, AStateFolderThatOthersMayWriteIsRefused) {
  const std::string state = daemon_.Path("state");
  ASSERT_EQ(0, ::chmod(state.c_str(), 0777));
  Refuses(AllOf(HasSubstr(state), HasSubstr("make it 0700")));
  // What a link leads to counts, not the link.
  ASSERT_EQ(0, ::chmod(state.c_str(), 0700));
  fs::rename(state, daemon_.Path("real"));
  fs::create_directory(daemon_.Path("open"));
  ASSERT_EQ(0, ::chmod(daemon_.Path("open").c_str(), 0777));
  fs::create_directory_symlink(daemon_.Path("open"), state);
  Refuses(AllOf(HasSubstr(daemon_.Path("open")), HasSubstr("make it 0700")));
  if (::geteuid() == 0) {
    ASSERT_EQ(0, ::chmod(daemon_.Path("open").c_str(), 0700));
    ASSERT_EQ(0, ::chown(daemon_.Path("open").c_str(), 1, 1));
    Refuses(HasSubstr("belongs to uid 1"));
  }
  fs::remove(state);
  fs::rename(daemon_.Path("real"), state);
  daemon_.Start();
}

TEST_F(Places, AStoreThatIsALinkIsRefused) {
  daemon_.Start();
  daemon_.Stop();
  const std::string file = daemon_.Path("state/fob.db");
  fs::rename(file, daemon_.Path("elsewhere.db"));
  fs::create_symlink(daemon_.Path("elsewhere.db"), file);
  Refuses(AllOf(HasSubstr(file), HasSubstr("not a regular file")));
  fs::remove(file);
  fs::rename(daemon_.Path("elsewhere.db"), file);
  daemon_.Start();
}

TEST_F(Places, AMasterKeyThatIsALinkIsRefused) {
  const std::string key = daemon_.Path("etc/master.key");
  fs::rename(key, daemon_.Path("elsewhere.key"));
  fs::create_symlink(daemon_.Path("elsewhere.key"), key);
  Refuses(AllOf(HasSubstr(key), HasSubstr("symbolic link")));
}

}  // namespace
}  // namespace fob::testing
