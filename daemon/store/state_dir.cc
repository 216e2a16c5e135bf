#include "daemon/store/state_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>

#include "base/unique_fd.h"

namespace fob::store {
namespace {

constexpr const char* kFileName = "fob.db";

Error Exposed(const std::string& path, const std::string& why) {
  return MakeError(Code::kNotPermitted, "state_exposed", path + ": " + why);
}

Error Failed(const std::string& path) {
  return MakeError(Code::kUnavailable, "store_not_readable",
                   path + ": " + std::generic_category().message(errno));
}

struct StateDir {
  std::string path;  // without symbolic links
  UniqueFd fd;
};

Result<StateDir> OpenStateDir(const std::string& state_dir) {
  if (::mkdir(state_dir.c_str(), 0700) != 0 && errno != EEXIST) return Failed(state_dir);
  char resolved[PATH_MAX];
  if (::realpath(state_dir.c_str(), resolved) == nullptr) return Failed(state_dir);
  const std::string folder = resolved;
  UniqueFd folder_fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!folder_fd.valid() || ::fstat(folder_fd.get(), &info) != 0) return Failed(folder);
  if (info.st_uid != ::geteuid()) {
    return Exposed(
        folder, fmt::format("the state folder belongs to uid {}, not to uid {} that fobd runs as",
                            info.st_uid, ::geteuid()));
  }
  if ((info.st_mode & 0022) != 0) {
    return Exposed(folder,
                   fmt::format("others may write to the state folder (mode {:04o}); make it 0700",
                               info.st_mode & 07777));
  }
  return StateDir{folder, std::move(folder_fd)};
}

}  // namespace

Result<std::string> PrepareStateDir(const std::string& state_dir) {
  FOB_TRY(StateDir opened, OpenStateDir(state_dir));
  return std::move(opened.path);
}

Result<std::string> PrepareStoreFile(const std::string& state_dir) {
  FOB_TRY(const StateDir opened, OpenStateDir(state_dir));
  const std::string& folder = opened.path;
  const UniqueFd& folder_fd = opened.fd;
  struct stat info {};
  const std::string path = folder + "/" + kFileName;
  // Made here and not by SQLite, whose file would follow the umask; its -wal and -shm follow this
  // one.
  const UniqueFd made(
      ::openat(folder_fd.get(), kFileName, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made.valid() && errno != EEXIST) return Failed(path);
  if (made.valid() && ::fchmod(made.get(), 0600) != 0) return Failed(path);
  if (::fstatat(folder_fd.get(), kFileName, &info, AT_SYMLINK_NOFOLLOW) != 0) return Failed(path);
  if (!S_ISREG(info.st_mode)) return Exposed(path, "the store is not a regular file");
  if (info.st_uid != ::geteuid())
    return Exposed(path, fmt::format("the store belongs to uid {}", info.st_uid));
  if ((info.st_mode & 0077) != 0) {
    return Exposed(path, fmt::format("others may reach the store (mode {:04o}); make it 0600",
                                     info.st_mode & 07777));
  }
  return path;
}

}  // namespace fob::store
