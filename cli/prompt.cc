#include "cli/prompt.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <tuple>

#include "base/unique_fd.h"
#include "cli/line_reader.h"
#include "cli/output.h"

namespace fob::cli {
namespace {

// The terminal without echo, while it lives.
class EchoOff {
 public:
  explicit EchoOff(int tty) : tty_(tty), changed_(::tcgetattr(tty, &before_) == 0) { Hide(); }
  ~EchoOff() { Restore(); }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

  // What was typed before the question is not an answer to it: both ways discard it.
  void Hide() {
    if (!changed_) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
    hidden.c_lflag |= ICANON | ISIG;
    ::tcsetattr(tty_, TCSAFLUSH, &hidden);
  }
  void Restore() {
    if (changed_) ::tcsetattr(tty_, TCSAFLUSH, &before_);
  }

 private:
  int tty_;
  termios before_{};
  bool changed_;
};

// SIGTSTP and SIGCONT as a descriptor, while it lives.
class JobControl {
 public:
  JobControl() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGTSTP);
    ::sigaddset(&set_, SIGCONT);
    fd_.reset(::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK));
    ::sigprocmask(SIG_BLOCK, fd_.valid() ? &set_ : nullptr, &former_);
  }
  ~JobControl() { ::sigprocmask(SIG_SETMASK, &former_, nullptr); }
  JobControl(const JobControl&) = delete;
  JobControl& operator=(const JobControl&) = delete;

  int fd() const { return fd_.get(); }

  // Takes what came. Ctrl-Z: puts the terminal back, stops in the usual way and returns when
  // continued.
  void Handle(EchoOff& echo) {
    bool stop = false;
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof(info)) == sizeof(info))
      stop |= info.ssi_signo == SIGTSTP;
    if (stop) {
      echo.Restore();
      ::kill(::getpid(), SIGTSTP);
      ::sigprocmask(SIG_SETMASK, &former_, nullptr);  // stops here
      ::sigprocmask(SIG_BLOCK, &set_, nullptr);
    }
    echo.Hide();
  }

 private:
  sigset_t set_{};
  sigset_t former_{};
  UniqueFd fd_;
};

Result<SecretBytes> AskHidden(int tty, std::string_view prompt, int interrupt_fd,
                              int64_t deadline_ms) {
  JobControl jobs;
  EchoOff echo(tty);
  FOB_CHECK(WriteAll(tty, prompt, interrupt_fd));
  const auto wait = [&]() -> Status {
    for (;;) {
      FOB_TRY(const Woken woken, WaitReadable(tty, interrupt_fd, deadline_ms, jobs.fd()));
      if (woken == Woken::kReadable) return Ok();
      jobs.Handle(echo);
      FOB_CHECK(WriteAll(tty, prompt, interrupt_fd));
    }
  };
  auto answer = LineReader(tty).Next(wait);
  std::ignore = WriteAll(tty, "\n", -1);  // in place of the Enter that was not shown
  return answer;
}

}  // namespace

Result<SecretBytes> AskOnTerminal(int tty, std::string_view prompt, bool echo, int interrupt_fd,
                                  int64_t deadline_ms) {
  if (!echo) return AskHidden(tty, prompt, interrupt_fd, deadline_ms);
  FOB_CHECK(WriteAll(tty, prompt, interrupt_fd));
  auto answer = LineReader(tty).Next([&]() -> Status {
    FOB_CHECK(WaitReadable(tty, interrupt_fd, deadline_ms));
    return Ok();
  });
  if (!answer.ok()) std::ignore = WriteAll(tty, "\n", -1);
  return answer;
}

}  // namespace fob::cli
