#include "cli/echo.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace fob::cli {

void EchoOff::Hide() {
  if (!changeable_) return;
  termios hidden = before_;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
  hidden.c_lflag |= ICANON | ISIG;
  hidden_ = true;
  ::tcsetattr(tty_, TCSAFLUSH, &hidden);
}

void EchoOff::Restore() {
  if (hidden_) ::tcsetattr(tty_, TCSAFLUSH, &before_);
  hidden_ = false;
}

JobControl::JobControl() {
  ::sigemptyset(&set_);
  ::sigaddset(&set_, SIGTSTP);
  ::sigaddset(&set_, SIGCONT);
  fd_.reset(::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK));
  ::sigprocmask(SIG_BLOCK, fd_.valid() ? &set_ : nullptr, &former_);
}

JobControl::~JobControl() { ::sigprocmask(SIG_SETMASK, &former_, nullptr); }

bool JobControl::Handle(EchoOff& echo) {
  bool any = false;
  bool stop = false;
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof(info)) == sizeof(info)) {
    any = true;
    stop |= info.ssi_signo == SIGTSTP;
  }
  if (stop) {
    echo.Restore();
    ::kill(::getpid(), SIGTSTP);
    ::sigprocmask(SIG_SETMASK, &former_, nullptr);  // stops here
    ::sigprocmask(SIG_BLOCK, &set_, nullptr);
  }
  return any;
}

bool InForeground(int tty) { return ::tcgetpgrp(tty) == ::getpgrp(); }

}  // namespace fob::cli
