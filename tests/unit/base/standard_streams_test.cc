#include "base/standard_streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace fob {
namespace {

// Whether `good` holds in a process of its own.
bool Elsewhere(const std::function<bool()>& good) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(good() ? 0 : 1);
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool ReadFails() {
  char byte = 0;
  return ::read(0, &byte, 1) < 0 && errno == EBADF;
}

bool WriteFails(int fd) { return ::write(fd, "x", 1) < 0 && errno == EBADF; }

TEST(StandardStreams, NothingTakesThePlaceOfOneThatIsClosed) {
  EXPECT_TRUE(Elsewhere([] {
    for (int fd = 0; fd <= 2; ++fd) ::close(fd);
    return HoldStandardStreams() && ::open("/dev/null", O_RDWR) > 2 && ReadFails() && WriteFails(1) && WriteFails(2);
  }));
}

TEST(StandardStreams, ThoseThatAreOpenStayWhatTheyAre) {
  EXPECT_TRUE(Elsewhere([] {
    int ends[2] = {-1, -1};
    char byte = 0;
    if (::pipe(ends) != 0 || ::dup2(ends[0], 0) != 0 || ::dup2(ends[1], 2) != 2) return false;
    ::close(1);
    return HoldStandardStreams() && WriteFails(1) && ::write(2, "x", 1) == 1 && ::read(0, &byte, 1) == 1;
  }));
}

}  // namespace
}  // namespace fob
