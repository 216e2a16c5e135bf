#include "tests/functional/cli/fobctl.h"
#include "test_paths.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fob::testing {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(10);

std::string Fobctl() { return FOB_BIN_DIR "/fobctl"; }

[[noreturn]] void Exec(const std::string& program, const std::vector<std::string>& arguments,
                       const Environment& environment) {
  std::vector<std::string> words = {"fobctl"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  Environment all = {
      {"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}, {"TERM", "xterm"}};
  for (const auto& [name, value] : environment) all[name] = value;
  // A sanitized build needs its own settings.
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) all[name] = value;
  }
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (std::string& line : lines) envp.push_back(line.data());
  envp.push_back(nullptr);
  ::execve(program.c_str(), argv.data(), envp.data());
  ::_exit(126);
}

int CodeOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }

struct Ends {
  UniqueFd read, write;
};

Ends MakePipe() {
  int fds[2] = {-1, -1};
  if (::pipe2(fds, O_CLOEXEC) != 0) ADD_FAILURE() << "pipe";
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// Waits for the end, kills after too long.
int Reap(pid_t& pid) {
  int status = 0;
  const auto until = Clock::now() + 2 * kPatience;
  for (;;) {
    const pid_t got = ::waitpid(pid, &status, WNOHANG);
    if (got == pid) break;
    if (Clock::now() > until) {
      ADD_FAILURE() << "fobctl did not end";
      ::kill(pid, SIGKILL);
      ::waitpid(pid, &status, 0);
      break;
    }
    ::poll(nullptr, 0, 5);
  }
  pid = -1;
  return CodeOf(status);
}

}  // namespace

TempFolder::TempFolder() {
  char name[] = "/tmp/fobctl_test.XXXXXX";
  path_ = ::mkdtemp(name);
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::Write(const std::string& name, const std::string& content) const {
  std::ofstream(path_ + "/" + name) << content;
  return path_ + "/" + name;
}

Outcome RunFobctl(const std::vector<std::string>& arguments, const std::string& input,
                  const Environment& environment, const std::string& program) {
  Ends in = MakePipe(), out = MakePipe(), err = MakePipe();
  pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();  // no terminal, whatever the tests run on
    ::dup2(in.read.get(), 0);
    ::dup2(out.write.get(), 1);
    ::dup2(err.write.get(), 2);
    Exec(program.empty() ? Fobctl() : program, arguments, environment);
  }
  in.read.reset();
  out.write.reset();
  err.write.reset();
  ::signal(SIGPIPE, SIG_IGN);
  if (::write(in.write.get(), input.data(), input.size()) < 0 && errno != EPIPE)
    ADD_FAILURE() << "write";
  in.write.reset();
  Outcome outcome;
  const auto until = Clock::now() + 2 * kPatience;
  while ((out.read.valid() || err.read.valid()) && Clock::now() < until) {
    pollfd fds[2] = {{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}};
    ::poll(fds, 2, 1000);
    char piece[4096];
    for (int i = 0; i < 2; ++i) {
      if (fds[i].revents == 0) continue;
      const ssize_t got = ::read(fds[i].fd, piece, sizeof(piece));
      if (got > 0) (i == 0 ? outcome.out : outcome.err).append(piece, static_cast<size_t>(got));
      if (got == 0) (i == 0 ? out.read : err.read).reset();
    }
  }
  outcome.code = Reap(pid);
  return outcome;
}

Background::Background(const std::vector<std::string>& arguments, const std::string& input) {
  Ends in = MakePipe(), out = MakePipe(), err = MakePipe();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::setsid();
    ::dup2(in.read.get(), 0);
    ::dup2(out.write.get(), 1);
    ::dup2(err.write.get(), 2);
    Exec(Fobctl(), arguments, {});
  }
  in_ = std::move(in.write);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  Say(input);
}

Background::~Background() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Background::Say(const std::string& text) {
  if (::write(in_.get(), text.data(), text.size()) < 0) ADD_FAILURE() << "write";
}

void Background::Signal(int number) { ::kill(pid_, number); }

std::string Background::ReadLine() {
  const auto until = Clock::now() + kPatience;
  for (;;) {
    if (const size_t end = held_.find('\n'); end != std::string::npos) {
      const std::string line = held_.substr(0, end);
      held_.erase(0, end + 1);
      return line;
    }
    pollfd fd{out_.get(), POLLIN, 0};
    char piece[4096];
    if (Clock::now() > until || ::poll(&fd, 1, 10'000) <= 0)
      return ADD_FAILURE() << "no line came", "";
    const ssize_t got = ::read(out_.get(), piece, sizeof(piece));
    if (got <= 0) return ADD_FAILURE() << "fobctl ended before a line came", "";
    held_.append(piece, static_cast<size_t>(got));
  }
}

Outcome Background::Wait() {
  Outcome outcome;
  in_.reset();
  outcome.code = Reap(pid_);
  char piece[4096];
  outcome.out = held_;
  for (ssize_t got = 0; (got = ::read(out_.get(), piece, sizeof(piece))) > 0;)
    outcome.out.append(piece, static_cast<size_t>(got));
  for (ssize_t got = 0; (got = ::read(err_.get(), piece, sizeof(piece))) > 0;)
    outcome.err.append(piece, static_cast<size_t>(got));
  return outcome;
}

OnTerminal::OnTerminal(const std::vector<std::string>& arguments, int columns) {
  int master = -1, slave = -1;
  const winsize size{50, static_cast<unsigned short>(columns), 0, 0};
  if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0) ADD_FAILURE() << "openpty";
  master_.reset(master);
  slave_.reset(slave);
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  ::fcntl(slave, F_SETFD, FD_CLOEXEC);
  pid_ = ::fork();
  if (pid_ == 0) {
    // A shell's child: the session leader stays above, so that stopping is not ignored as an
    // orphan's.
    ::setsid();
    ::ioctl(slave, TIOCSCTTY, 0);
    const pid_t job = ::fork();
    if (job != 0) {
      ::setpgid(job, job);
      ::signal(SIGTTOU, SIG_IGN);
      ::tcsetpgrp(slave, job);
      int status = 0;
      for (;;) {
        if (::waitpid(job, &status, WUNTRACED) < 0) ::_exit(125);
        if (!WIFSTOPPED(status)) break;
        ::kill(::getpid(), SIGSTOP);  // tells the test, which continues both
        ::tcsetpgrp(slave, job);
        ::kill(-job, SIGCONT);
      }
      if (WIFSIGNALED(status)) ::kill(::getpid(), WTERMSIG(status));
      ::_exit(WEXITSTATUS(status));
    }
    ::setpgid(0, 0);
    ::signal(SIGTTOU, SIG_IGN);
    ::tcsetpgrp(slave, ::getpid());
    ::signal(SIGTTOU, SIG_DFL);
    for (int fd = 0; fd < 3; ++fd) ::dup2(slave, fd);
    Exec(Fobctl(), arguments, {});
  }
}

OnTerminal::~OnTerminal() {
  if (pid_ <= 0) return;
  master_.reset();  // hangs up
  ::kill(pid_, SIGCONT);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void OnTerminal::Type(const std::string& text) {
  if (::write(master_.get(), text.data(), text.size()) < 0) ADD_FAILURE() << "write";
}

void OnTerminal::Signal(int number) { ::kill(pid_, number); }

bool OnTerminal::ReadSome(int timeout_ms) {
  pollfd fd{master_.get(), POLLIN, 0};
  if (::poll(&fd, 1, timeout_ms) <= 0 || (fd.revents & POLLIN) == 0) return false;
  char piece[4096];
  const ssize_t got = ::read(master_.get(), piece, sizeof(piece));
  if (got > 0) seen_.append(piece, static_cast<size_t>(got));
  return got > 0;
}

bool OnTerminal::SeesNext(const std::string& text) {
  const auto until = Clock::now() + kPatience;
  for (;;) {
    if (const size_t at = seen_.find(text, looked_at_); at != std::string::npos) {
      looked_at_ = at + text.size();
      return true;
    }
    if (Clock::now() > until) return false;
    if (!ReadSome(100) && pid_ > 0 && ::kill(pid_, 0) != 0) return false;
  }
}

bool OnTerminal::EchoBecomes(bool on) {
  const auto until = Clock::now() + kPatience;
  while (((Modes().c_lflag & ECHO) != 0) != on) {
    if (Clock::now() > until) return false;
    ReadSome(5);
  }
  return true;
}

bool OnTerminal::Stops() {
  const auto until = Clock::now() + kPatience;
  for (;;) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG | WUNTRACED) == pid_) {
      if (WIFSTOPPED(status)) return true;
      pid_ = -1;
      return false;
    }
    if (Clock::now() > until) return false;
    ReadSome(5);
  }
}

termios OnTerminal::Modes() const {
  termios modes{};
  if (::tcgetattr(slave_.get(), &modes) != 0) ADD_FAILURE() << "tcgetattr";
  return modes;
}

int OnTerminal::Wait() {
  int status = 0;
  const auto until = Clock::now() + kPatience;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() > until) {
      ADD_FAILURE() << "fobctl did not end; it showed: " << seen_;
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, &status, 0);
      break;
    }
    ReadSome(10);
  }
  while (ReadSome(0)) {
  }
  pid_ = -1;
  return CodeOf(status);
}

}  // namespace fob::testing
