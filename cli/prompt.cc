#include "cli/prompt.h"

#include <termios.h>

#include <tuple>

#include "cli/echo.h"
#include "cli/line_reader.h"
#include "cli/output.h"

namespace fob::cli {
namespace {

Result<SecretBytes> AskHidden(int tty, std::string_view prompt, int interrupt_fd,
                              int64_t deadline_ms) {
  HiddenInput hidden(tty, /*asks=*/true);
  FOB_CHECK(WriteAll(tty, prompt, interrupt_fd));
  const auto wait = [&]() -> Status {
    for (;;) {
      FOB_TRY(const Woken woken, WaitReadable(tty, interrupt_fd, deadline_ms, hidden.job_control_fd()));
      if (woken == Woken::kReadable) return Ok();
      hidden.HandleJobControl();
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
  ::tcflush(tty, TCIFLUSH);  // what was typed before the question is not an answer to it
  FOB_CHECK(WriteAll(tty, prompt, interrupt_fd));
  auto answer = LineReader(tty).Next([&]() -> Status {
    FOB_CHECK(WaitReadable(tty, interrupt_fd, deadline_ms));
    return Ok();
  });
  if (!answer.ok()) std::ignore = WriteAll(tty, "\n", -1);
  return answer;
}

}  // namespace fob::cli
