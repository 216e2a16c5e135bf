#include "daemon/host/pidfd.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace fob::host {
namespace {

// <linux/pidfd.h> of kernels that Debian 12's headers do not know yet.
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup;
  uint32_t pid, tgid, ppid;
  uint32_t real_uid, real_gid, effective_uid, effective_gid, saved_uid, saved_gid, fs_uid, fs_gid;
  int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr unsigned long kPidfdGetInfo = _IOWR(0xff, 11, PidfdInfo);

}  // namespace

std::optional<PidfdFacts> PidfdOf(int32_t pid) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  struct stat file {};
  PidfdInfo info{};
  if (!pidfd.valid() || ::fstat(pidfd.get(), &file) != 0 || ::ioctl(pidfd.get(), kPidfdGetInfo, &info) != 0) {
    return std::nullopt;
  }
  return PidfdFacts{file.st_ino, {info.real_uid, info.effective_uid, info.saved_uid}};
}

bool KernelTellsOfPidfds() {
  static const bool tells = PidfdOf(::getpid()).has_value();
  return tells;
}

}  // namespace fob::host
