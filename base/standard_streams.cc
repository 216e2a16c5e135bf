#include "base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace fob {

bool HoldStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // Left open over exec, as standard streams are. It is the lowest that is free.
    const int held = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (held == fd) continue;
    if (held >= 0) ::close(held);
    return false;
  }
  return true;
}

}  // namespace fob
