#include "sandbox/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace fob::sandbox {
namespace {

// Rights that came after Debian 12's header.
constexpr uint64_t kRefer = uint64_t{1} << 13, kTruncate = uint64_t{1} << 14;

constexpr uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                              LANDLOCK_ACCESS_FS_READ_FILE | kTruncate;
constexpr uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kDevices = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr uint64_t kWrite = kDevices | kTruncate | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                            LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                            LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK;
// All that the first version mediates: EXECUTE to MAKE_SYM.
constexpr uint64_t kFirstVersion = (uint64_t{1} << 13) - 1;

// What a kernel of this version mediates; what it does not know it must not be asked.
uint64_t Mediated(long version) {
  return kFirstVersion | (version >= 2 ? kRefer : 0) | (version >= 3 ? kTruncate : 0);
}

Error Failed(std::string_view what, int error) {
  return MakeError(Code::kUnavailable, "sandbox",
                   std::string("Landlock: ") + std::string(what) + ": " + std::strerror(error));
}

Status AllowBelow(int ruleset, const std::string& path, uint64_t rights) {
  const UniqueFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == EACCES || errno == ENOTDIR) return Ok();  // nor can it be used
    return Failed(path, errno);
  }
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return Failed(path, errno);
  landlock_path_beneath_attr rule{};
  rule.allowed_access = S_ISDIR(found.st_mode) ? rights : rights & kOfFiles;
  rule.parent_fd = fd.get();
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return Failed(path, errno);
  return Ok();
}

}  // namespace

Status RestrictFiles(const Paths& paths) {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return Ok();
  const uint64_t mediated = Mediated(version);
  landlock_ruleset_attr all{};
  all.handled_access_fs = mediated;
  const UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0)));
  if (!ruleset.valid()) return Failed("no ruleset", errno);
  for (const auto& [list, rights] :
       {std::pair(&paths.read, kRead), std::pair(&paths.devices, kDevices),
        std::pair(&paths.write, kWrite)}) {
    for (const std::string& path : *list)
      FOB_CHECK(AllowBelow(ruleset.get(), path, rights & mediated));
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failed("no-new-privileges", errno);
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
    return Failed("restrict_self", errno);
  return Ok();
}

}  // namespace fob::sandbox
