// The socket's path.

#include "tests/unit/ipc/served.h"

namespace fob::ipc {
namespace {

// A socket of another program at `path`.
UniqueFd Bind(const std::string& path, int type, bool listening) {
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  if (listening) {
    EXPECT_EQ(::listen(fd.get(), 1), 0);
  }
  return fd;
}

TEST(Listen, MakesASocketForEveryLocalUid) {
  const TempFolder folder;
  const auto fd = Listen(folder / "fobd.sock");
  ASSERT_TRUE(fd.ok()) << fd.error().text;
  struct stat there {};
  ASSERT_EQ(::lstat((folder / "fobd.sock").c_str(), &there), 0);
  EXPECT_TRUE(S_ISSOCK(there.st_mode));
  EXPECT_EQ(there.st_mode & 0777, 0666u);
  EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0) << "I3";
  EXPECT_TRUE(ConnectTo(folder / "fobd.sock").valid());
}

TEST(Listen, MakesItsFolderThatNobodyElseWritesTo) {
  const TempFolder folder;
  ASSERT_TRUE(Listen(folder / "run/fobd.sock").ok());
  struct stat there {};
  ASSERT_EQ(::lstat((folder / "run").c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 07777, 0755u);
}

TEST(Listen, ReplacesASocketThatNobodyServes) {
  const TempFolder folder;
  (void)Bind(folder / "fobd.sock", SOCK_STREAM, true);  // closed at once
  EXPECT_TRUE(Listen(folder / "fobd.sock").ok());
}

TEST(Listen, LeavesASocketThatSomebodyServes) {
  const TempFolder folder;
  const auto first = Listen(folder / "fobd.sock");
  ASSERT_TRUE(first.ok());
  const auto second = Listen(folder / "fobd.sock");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().reason, "already_running");
  EXPECT_TRUE(ConnectTo(folder / "fobd.sock").valid()) << "the first one's is still there";
}

TEST(Listen, LeavesASocketOfAnotherTypeThatSomebodyServes) {
  const TempFolder folder;
  for (const int type : {SOCK_DGRAM, SOCK_SEQPACKET}) {
    const std::string path = folder / ("other" + std::to_string(type));
    const UniqueFd other = Bind(path, type, type == SOCK_SEQPACKET);
    EXPECT_EQ(Listen(path).error().code, Code::kConflict) << type;
    struct stat there {};
    EXPECT_EQ(::lstat(path.c_str(), &there), 0) << "it was removed";
  }
}

TEST(Listen, RefusesWhatIsNoSocket) {
  const TempFolder folder;
  std::ofstream(folder / "file") << "precious";
  EXPECT_EQ(Listen(folder / "file").error().reason, "socket_path");
  std::filesystem::create_directory(folder / "folder");
  EXPECT_EQ(Listen(folder / "folder").error().reason, "socket_path");
  EXPECT_TRUE(std::filesystem::exists(folder / "file"));
  EXPECT_EQ(Listen(folder / "missing/too/fobd.sock").error().code, Code::kUnavailable);
  EXPECT_EQ(Listen(folder / std::string(200, 'x')).error().code, Code::kInvalidArgument);
}

TEST(Listen, I3_FollowsNoSymbolicLink) {
  const TempFolder folder;
  (void)Bind(folder / "stale", SOCK_STREAM, true);
  std::filesystem::create_symlink(folder / "stale", folder / "to-socket");
  std::filesystem::create_symlink(folder / "nowhere", folder / "dangling");
  for (const char* name : {"to-socket", "dangling"}) {
    EXPECT_EQ(Listen(folder / name).error().reason, "socket_path") << name;
    EXPECT_TRUE(std::filesystem::is_symlink(folder / name));
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "stale"));
  EXPECT_FALSE(std::filesystem::exists(folder / "nowhere"));
}

}  // namespace
}  // namespace fob::ipc
