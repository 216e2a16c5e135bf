#pragma once

#include <string>

#include "base/clock.h"

namespace fob::testing {

// The wall clock stands at what a file says: Unix seconds in decimal, read anew each time. It may
// be replaced at any moment by rename(2). A file that cannot be read ends the process.
class FileClock final : public Clock {
 public:
  explicit FileClock(std::string path) : path_(std::move(path)) {}
  int64_t UnixSeconds() const override;
  int64_t MonotonicMs() const override { return SystemClock().MonotonicMs(); }

 private:
  const std::string path_;
};

}  // namespace fob::testing
