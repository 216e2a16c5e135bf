#pragma once

#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace fob::testing {

// The wall clock stands at what a file says: Unix seconds in 20 decimal digits, read anew each time
// and changed in place, as a locked fobd opens nothing outside its folders. A file that cannot be
// read ends the process.
class FileClock final : public Clock {
 public:
  explicit FileClock(std::string path);
  int64_t UnixSeconds() const override;
  int64_t MonotonicMs() const override { return SystemClock().MonotonicMs(); }

  // Sets the clock of that file, which it makes where there is none.
  static void Set(const std::string& path, int64_t unix_seconds);

 private:
  const std::string path_;
  const UniqueFd file_;
};

}  // namespace fob::testing
