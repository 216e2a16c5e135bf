#include "daemon/host/journal.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <tuple>

#include "base/write_fully.h"

namespace fob::host {
namespace {

constexpr size_t kLongest = 2000;

// Bytes at the start of `text` that would steer a terminal or reorder the line: C0 and DEL, and in UTF-8
// C1 (U+0080..U+009F), bidirectional embeddings (U+202A..U+202E) and isolates (U+2066..U+2069).
size_t ControlAt(std::string_view text) {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto within = [](unsigned byte, unsigned from, unsigned to) { return from <= byte && byte <= to; };
  if (at(0) < 0x20 || at(0) == 0x7f) return 1;
  if (at(0) == 0xc2 && within(at(1), 0x80, 0x9f)) return 2;
  if (at(0) != 0xe2) return 0;
  if (at(1) == 0x80 && within(at(2), 0xaa, 0xae)) return 3;
  if (at(1) == 0x81 && within(at(2), 0xa6, 0xa9)) return 3;
  return 0;
}

std::string Clean(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const size_t control = ControlAt(text);
    clean += control == 0 ? text.front() : '?';
    text.remove_prefix(std::max<size_t>(control, 1));
  }
  return clean;
}

}  // namespace

std::string LogLine(Priority priority, std::string_view message, bool to_journal) {
  const std::string text = Clean(message.substr(0, kLongest));
  if (to_journal) return fmt::format("<{}>{}\n", static_cast<int>(priority), text);
  return fmt::format("{}: {}\n", program_invocation_short_name, text);
}

bool StderrIsJournal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

void Log(Priority priority, std::string_view message) {
  const std::string line = LogLine(priority, message, StderrIsJournal());
  std::ignore = WriteFully(STDERR_FILENO, AsBytes(line));  // nowhere left to say that it failed
}

}  // namespace fob::host
