#include "tests/support/daemon/file_clock.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace fob::testing {

int64_t FileClock::UnixSeconds() const {
  int64_t now = 0;
  if (!(std::ifstream(path_) >> now)) {
    std::fprintf(stderr, "fobd-clock: cannot read the time from %s\n", path_.c_str());
    std::abort();
  }
  return now;
}

}  // namespace fob::testing
