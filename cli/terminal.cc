#include "cli/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <tuple>

#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/text.h"

namespace fob::cli {
namespace {

constexpr std::string_view kEraseLine = "\r\033[K";
constexpr std::string_view kAsciiTurns[] = {"|", "/", "-", "\\"};
constexpr std::string_view kTurns[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

std::string_view TurnAt(size_t step) {
  static const bool utf8 = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  const std::span<const std::string_view> turns =
      utf8 ? std::span<const std::string_view>(kTurns) : kAsciiTurns;
  return turns[step % turns.size()];
}

bool IsDumb() {
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string_view(term).empty() || std::string_view(term) == "dumb";
}

}  // namespace

Terminal::Terminal(int interrupt_fd, bool quiet)
    : interrupt_fd_(interrupt_fd), quiet_(quiet), stdin_is_tty_(::isatty(0) == 1), input_(0) {
  if (stdin_is_tty_) {
    tty_.reset(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
    // A terminal that nobody controls, as in some containers: stdin itself is it.
    if (!tty_.valid()) tty_.reset(::fcntl(0, F_DUPFD_CLOEXEC, 3));
  }
  draws_ = ::isatty(out()) == 1 && !IsDumb();
}

void Terminal::Write(std::string_view text) {
  ClearWait();
  std::ignore = WriteAll(out(), text, interrupt_fd_);
}

void Terminal::Say(std::string_view line) { Write(Printable(line) + "\n"); }

void Terminal::Wait(std::string_view what) {
  const bool draws = draws_ && !quiet_;
  ClearWait();
  if (!draws) Say(what);
  if (stdin_is_tty_) hidden_.emplace(tty_.get(), /*asks=*/false);
  if (draws) waiting_ = Printable(what);
  Tick();
}

void Terminal::Progress(std::string_view what) {
  if (!draws_ || quiet_) return;
  waiting_ = Printable(what);
  Tick();
}

void Terminal::Tick() {
  if (hidden_) hidden_->HandleJobControl();
  if (waiting_.empty()) return;
  // A line that wraps could not be erased. The turning sign takes two columns; the last one stays
  // free, where some terminals wrap already.
  const int width = columns();
  const std::string_view shown =
      width == 0 ? waiting_ : CutToWidth(waiting_, static_cast<size_t>(std::max(width - 3, 0)));
  std::ignore =
      WriteAll(out(), fmt::format("{}{} {}", kEraseLine, TurnAt(turn_++), shown), interrupt_fd_);
}

void Terminal::ClearWait() {
  EraseWait();
  hidden_.reset();
}

void Terminal::EraseWait() {
  if (waiting_.empty()) return;
  waiting_.clear();
  std::ignore = WriteAll(out(), kEraseLine, -1);
}

Result<SecretBytes> Terminal::Ask(std::string_view prompt, bool echo, int64_t deadline_ms) {
  ClearWait();
  std::string shown = Printable(prompt);
  shown.erase(shown.find_last_not_of(": ") + 1);
  shown += ": ";
  if (stdin_is_tty_) return AskOnTerminal(tty_.get(), shown, echo, interrupt_fd_, deadline_ms);
  shown.back() = '\n';
  Write(shown);
  return ReadLine("", deadline_ms);
}

Result<SecretBytes> Terminal::ReadLine(std::string_view what, int64_t deadline_ms) {
  if (stdin_is_tty_) return Ask(what, /*echo=*/false, deadline_ms);
  return input_.Next([&]() -> Status {
    FOB_CHECK(WaitReadable(0, interrupt_fd_, deadline_ms));
    return Ok();
  });
}

int Terminal::columns() const {
  winsize size{};
  return ::ioctl(out(), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace fob::cli
