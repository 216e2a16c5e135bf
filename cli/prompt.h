#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace fob::cli {

// Asks on the terminal `tty` and reads one line. Without `echo` nothing that is typed is shown; the
// terminal is as before on every way out, and while the program is stopped (Ctrl-Z). kCancelled:
// Ctrl-C, Ctrl-D, or `interrupt_fd`; kTimedOut: the deadline passed.
Result<SecretBytes> AskOnTerminal(int tty, std::string_view prompt, bool echo, int interrupt_fd,
                                  int64_t deadline_ms);

}  // namespace fob::cli
