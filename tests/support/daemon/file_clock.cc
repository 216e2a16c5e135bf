#include "tests/support/daemon/file_clock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace fob::testing {
namespace {

constexpr size_t kDigits = 20;

}  // namespace

FileClock::FileClock(std::string path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {}

int64_t FileClock::UnixSeconds() const {
  char digits[kDigits + 1] = {};
  if (::pread(file_.get(), digits, kDigits, 0) != static_cast<ssize_t>(kDigits)) {
    std::fprintf(stderr, "fobd-clock: cannot read the time from %s\n", path_.c_str());
    std::abort();
  }
  return std::strtoll(digits, nullptr, 10);
}

void FileClock::Set(const std::string& path, int64_t unix_seconds) {
  char digits[kDigits + 2];
  std::snprintf(digits, sizeof digits, "%020lld\n", static_cast<long long>(unix_seconds));
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (::pwrite(file.get(), digits, kDigits + 1, 0) != static_cast<ssize_t>(kDigits + 1))
    throw std::runtime_error("cannot set the clock " + path);
}

}  // namespace fob::testing
