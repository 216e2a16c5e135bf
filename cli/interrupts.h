#pragma once

#include <signal.h>

#include "base/unique_fd.h"

namespace fob::cli {

// SIGINT, SIGTERM, SIGHUP and SIGQUIT as a descriptor, so that every wait sees them, the terminal
// is put back and the connection closed in the ordinary way. Once readable it stays so: one signal
// ends all.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  int fd() const { return fd_.get(); }
  // The signal mask from before, for children.
  const sigset_t& former_mask() const { return former_; }

 private:
  sigset_t former_{};
  UniqueFd fd_;
};

}  // namespace fob::cli
