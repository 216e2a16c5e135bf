#include "cli/interrupts.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace fob::cli {

Interrupts::Interrupts() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&set, signal);
  fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  // Without the descriptor the signals keep their usual effect.
  ::sigprocmask(SIG_BLOCK, fd_.valid() ? &set : nullptr, &former_);
}

Interrupts::~Interrupts() {
  // Those that came have been heeded: left pending they would strike now.
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof(info)) == sizeof(info)) {
  }
  ::sigprocmask(SIG_SETMASK, &former_, nullptr);
}

}  // namespace fob::cli
