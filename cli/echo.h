#pragma once

#include <signal.h>
#include <termios.h>

#include "base/unique_fd.h"

namespace fob::cli {

// Whether `tty` gives its input to this program; it stops others that change its modes.
bool InForeground(int tty);

// The terminal without echo, while it lives. Each change of mode discards what was typed before.
class EchoOff {
 public:
  explicit EchoOff(int tty) : tty_(tty), changeable_(::tcgetattr(tty, &before_) == 0) {}
  ~EchoOff() { Restore(); }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

  void Hide();
  void Restore();

 private:
  int tty_;
  termios before_{};
  bool changeable_;
  bool hidden_ = false;
};

// SIGTSTP and SIGCONT as a descriptor, while it lives.
class JobControl {
 public:
  JobControl();
  ~JobControl();
  JobControl(const JobControl&) = delete;
  JobControl& operator=(const JobControl&) = delete;

  int fd() const { return fd_.get(); }
  // Takes what came; true when something did. Ctrl-Z: puts the terminal back, stops in the usual
  // way and returns when continued.
  bool Handle(EchoOff& echo);

 private:
  sigset_t set_{};
  sigset_t former_{};
  UniqueFd fd_;
};

// Nothing that is typed is shown, while it lives; the terminal is as before while the program is
// stopped.
class HiddenInput {
 public:
  // One that `asks` must have the terminal: from the background it is stopped until it does.
  HiddenInput(int tty, bool asks) : tty_(tty), asks_(asks), echo_(tty) {
    if (asks_ || InForeground(tty_)) echo_.Hide();
  }

  int job_control_fd() const { return jobs_.fd(); }
  void HandleJobControl() {
    if (jobs_.Handle(echo_) && (asks_ || InForeground(tty_))) echo_.Hide();
  }

 private:
  int tty_;
  bool asks_;
  JobControl jobs_;  // outlives echo_: a stop that is pending finds the terminal as it was
  EchoOff echo_;
};

}  // namespace fob::cli
