#include "web/host/access_log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "daemon/host/journal.h"

namespace fob::web {
namespace {

constexpr size_t kMostBuffered = 64 * 1024;
constexpr size_t kLongestPath = 200;

// A client's words stay between the quotes.
void AppendSafe(std::string& to, std::string_view text) {
  for (const char c : text.substr(0, kLongestPath)) to += c >= 0x21 && c < 0x7f && c != '"' ? c : '?';
}

}  // namespace

AccessLog::AccessLog(Loop& loop) : loop_(loop), to_journal_(host::StderrIsJournal()) {}

void AccessLog::Add(std::string_view address, std::string_view method, std::string_view path, int status, size_t bytes,
                    int64_t microseconds) {
  if (lines_.size() > kMostBuffered) {
    ++lost_;
    return;
  }
  std::string text;
  AppendSafe(text, address);
  text += " \"";
  AppendSafe(text, method.empty() ? "-" : method);
  text += ' ';
  AppendSafe(text, path.empty() ? "-" : path);
  text.append("\" ").append(std::to_string(status)).append(" ").append(std::to_string(bytes)).append("B ");
  text.append(std::to_string(microseconds)).append("us");
  lines_ += host::LogLine(host::Priority::kInfo, text, to_journal_);
  if (due_) return;
  due_ = true;
  loop_.Post([this, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) Flush();
  });
}

void AccessLog::Flush() {
  due_ = false;
  if (lost_ > 0 && lines_.size() < kMostBuffered) {
    lines_ += host::LogLine(host::Priority::kWarning,
                            std::to_string(lost_) + " lines of the access log are lost: nobody read them in time", to_journal_);
    lost_ = 0;
  }
  while (!lines_.empty()) {
    pollfd out{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&out, 1, 0) <= 0) break;
    // A pipe that is ready has room for PIPE_BUF bytes, so that writing no more never blocks.
    const size_t whole = lines_.size() <= 4096 ? lines_.size() : lines_.rfind('\n', 4095) + 1;
    const ssize_t written = ::write(STDERR_FILENO, lines_.data(), whole);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      lines_.clear();
      break;
    }
    lines_.erase(0, static_cast<size_t>(written));
  }
}

}  // namespace fob::web
