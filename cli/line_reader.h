#pragma once

#include <functional>

#include "base/result.h"
#include "base/secret.h"

namespace fob::cli {

enum class Woken { kReadable, kAside };

// Waits until `fd` can be read, or else `aside_fd`. kCancelled: `interrupt_fd` became readable;
// kTimedOut: the deadline (monotonic milliseconds) passed. Descriptors of -1 are never readable.
Result<Woken> WaitReadable(int fd, int interrupt_fd, int64_t deadline_ms, int aside_fd = -1);

// Lines off a descriptor: answers, tokens, secrets. The buffer is wiped as they are taken.
class LineReader {
 public:
  static constexpr size_t kMaxLine = 32 * 1024;

  explicit LineReader(int fd) : fd_(fd), buffer_(kMaxLine) {}

  // The next line without its end (LF or CR LF); the last one may lack it. `wait` is called before
  // each read. kCancelled: nothing is left to read; kInvalidArgument: a line of more than kMaxLine
  // bytes.
  Result<SecretBytes> Next(const std::function<Status()>& wait);

 private:
  SecretBytes Take(size_t size, size_t with_end);

  int fd_;
  SecretBytes buffer_;
  size_t filled_ = 0;
};

}  // namespace fob::cli
