#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/unique_fd.h"
#include "cli/echo.h"
#include "cli/line_reader.h"

namespace fob::cli {

// The conversation with the person, or the script, at the other end. When stdin is a terminal,
// questions go through /dev/tty; otherwise answers are lines of stdin and everything said goes to
// stderr.
class Terminal {
 public:
  Terminal(int interrupt_fd, bool quiet);
  ~Terminal() { ClearWait(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // A line that stays. Made printable.
  void Say(std::string_view line);
  // Text as it is, which the caller has made safe.
  void Write(std::string_view text);
  // What is waited for now: a turning line on a terminal, else a plain line. Until ClearWait nothing
  // that is typed is shown, and what was typed is forgotten.
  void Wait(std::string_view what);
  // How far something is that takes long: a line that turns, on a terminal; else nothing.
  void Progress(std::string_view what);
  // Turns the line; called about every 100 ms.
  void Tick();
  void ClearWait();

  // One line. kCancelled and kTimedOut as LineReader and AskOnTerminal.
  Result<SecretBytes> Ask(std::string_view prompt, bool echo, int64_t deadline_ms);

  // The next line of standard input, for `-` in place of a file.
  Result<SecretBytes> ReadLine(std::string_view what, int64_t deadline_ms);

  // A person answers, who can be asked again.
  bool interactive() const { return stdin_is_tty_; }
  bool quiet() const { return quiet_; }
  // Pictures and cursor movement are understood at the other end.
  bool draws() const { return draws_; }
  int columns() const;  // 0: not known

 private:
  // Takes the turning line away.
  void EraseWait();
  int out() const { return tty_.valid() ? tty_.get() : 2; }

  int interrupt_fd_;
  bool quiet_;
  bool stdin_is_tty_;
  UniqueFd tty_;  // when stdin is a terminal
  bool draws_ = false;
  LineReader input_;
  std::optional<HiddenInput> hidden_;  // while waiting
  std::string waiting_;
  size_t turn_ = 0;
};

}  // namespace fob::cli
