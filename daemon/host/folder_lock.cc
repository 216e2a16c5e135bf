#include "daemon/host/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

namespace fob::host {

Result<UniqueFd> LockFolder(const std::string& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (fd.valid() && errno == EWOULDBLOCK) {
    return MakeError(Code::kConflict, "already_running", folder + ": another fobd keeps its state here");
  }
  return MakeError(Code::kUnavailable, "no_state_folder", folder + ": " + std::strerror(errno));
}

}  // namespace fob::host
