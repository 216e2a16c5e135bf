#include "tests/support/virtual_key/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/virtual_key/unix_socket.h"

namespace fob::testing {
namespace {

// Longer than any wait that a command may ask for.
constexpr int kAnswerLimitMs = 20'000;

std::string ProgramPath() {
  char own[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", own, sizeof own);
  if (length <= 0) throw std::runtime_error("cannot find the test's own executable");
  const std::string path(own, static_cast<size_t>(length));
  return path.substr(0, path.rfind('/') + 1) + "virtual-key";
}

bool Readable(int fd, int timeout_ms) {
  pollfd polled{fd, POLLIN, 0};
  int got = 0;
  while ((got = poll(&polled, 1, timeout_ms)) < 0 && errno == EINTR) {
  }
  return got == 1;
}

}  // namespace

VirtualKeyProcess::VirtualKeyProcess(std::string folder, std::vector<std::string> arguments,
                                     std::string name)
    : state_(folder + "/" + name + ".state"),
      socket_(folder + "/" + name + ".sock"),
      arguments_(std::move(arguments)) {
  Start();
}

VirtualKeyProcess::~VirtualKeyProcess() {
  Kill();
  unlink(socket_.c_str());
  unlink((socket_ + ".ctl").c_str());
}

void VirtualKeyProcess::Start() {
  const std::string program = ProgramPath();
  std::vector<std::string> words = {program, "--state", state_, "--socket", socket_};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    dup2(input.get(), STDOUT_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  input.reset();
  // "ready", or end of file when it failed.
  char byte = 0;
  if (!Readable(output.get(), kAnswerLimitMs) || read(output.get(), &byte, 1) != 1) {
    Kill();
    throw std::runtime_error("virtual-key did not start: " + program);
  }
}

void VirtualKeyProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

void VirtualKeyProcess::Restart() {
  Kill();
  Start();
}

std::string VirtualKeyProcess::Command(const std::string& command) {
  const UniqueFd fd = ConnectTo(socket_ + ".ctl");
  if (!fd.valid() || !SendPacket(fd.get(), AsBytes(command)) ||
      !Readable(fd.get(), kAnswerLimitMs)) {
    throw std::runtime_error("virtual-key does not answer \"" + command + "\"");
  }
  const std::string answer(AsText(ReceivePacket(fd.get()).value_or(Bytes())));
  if (answer.empty() || answer.starts_with("error: ")) {
    throw std::runtime_error("virtual-key refuses \"" + command + "\": " + answer);
  }
  return answer;
}

void VirtualKeyProcess::Expect(const std::string& command, const std::string& answer) {
  const std::string got = Command(command);
  if (got != answer)
    throw std::runtime_error("virtual-key answers \"" + command + "\" with " + got);
}

void VirtualKeyProcess::TouchWhenAsked() {
  WaitTouch();
  Touch();
}

int64_t VirtualKeyProcess::Status(const std::string& name) {
  const std::string status = Command("status");
  const size_t at = status.find("\"" + name + "\":");
  if (at == std::string::npos) throw std::runtime_error("the status has no " + name);
  const char* value = status.c_str() + at + name.size() + 3;
  if (status.compare(at + name.size() + 3, 4, "true") == 0) return 1;
  return strtoll(value, nullptr, 10);
}

}  // namespace fob::testing
