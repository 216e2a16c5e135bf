#pragma once

#include <cstdint>

namespace fob {

// Time as a port, so that tests hold it in their hands.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t UnixSeconds() const = 0;   // wall clock
  virtual int64_t MonotonicMs() const = 0;   // never goes back; for deadlines
};

class SystemClock final : public Clock {
 public:
  int64_t UnixSeconds() const override;
  int64_t MonotonicMs() const override;
};

}  // namespace fob
