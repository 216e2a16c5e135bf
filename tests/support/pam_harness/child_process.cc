#include "tests/support/pam_harness/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/unique_fd.h"

namespace fob::testing {
namespace {

constexpr int kWaitMs = 60'000;

void WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

// Up to end-of-file; false when that does not come in time.
bool ReadAll(int fd, std::string& out) {
  char buffer[4096];
  for (;;) {
    pollfd waiting{fd, POLLIN, 0};
    if (::poll(&waiting, 1, kWaitMs) <= 0) return false;
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) return got == 0;
    out.append(buffer, static_cast<size_t>(got));
  }
}

std::string FromStart(int fd) {
  std::string out;
  ::lseek(fd, 0, SEEK_SET);
  ReadAll(fd, out);
  return out;
}

}  // namespace

ChildReport RunInChild(const std::function<std::string()>& body, bool capture_output) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE() << "pipe failed";
  UniqueFd reading(ends[0]), writing(ends[1]);
  const UniqueFd output(::memfd_create("output", MFD_CLOEXEC));
  const bool failed_before = ::testing::Test::HasFailure();
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (capture_output) {
      ::dup2(output.get(), STDOUT_FILENO);
      ::dup2(output.get(), STDERR_FILENO);
    }
    reading.reset();
    WriteAll(writing.get(), body());
    std::fflush(nullptr);
    ::_exit(!failed_before && ::testing::Test::HasFailure() ? 1 : 0);
  }
  writing.reset();
  ChildReport report;
  if (!ReadAll(reading.get(), report.said)) {
    ADD_FAILURE() << "the child did not end";
    ::kill(pid, SIGKILL);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (capture_output) report.output = FromStart(output.get());
  if (WIFSIGNALED(status))
    ADD_FAILURE() << "signal " << WTERMSIG(status) << " ended the child\n" << report.output;
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    ADD_FAILURE() << "the child failed\n" << report.output;
  return report;
}

}  // namespace fob::testing
