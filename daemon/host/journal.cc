#include "daemon/host/journal.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace fob::host {
namespace {

constexpr size_t kLongest = 2000;

}  // namespace

std::string LogLine(Priority priority, std::string_view message, bool to_journal) {
  std::string text(message.substr(0, kLongest));
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  if (to_journal) return fmt::format("<{}>{}\n", static_cast<int>(priority), text);
  return fmt::format("fobd: {}\n", text);
}

bool StderrIsJournal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

void Log(Priority priority, std::string_view message) {
  const std::string line = LogLine(priority, message, StderrIsJournal());
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nowhere left to say it
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace fob::host
