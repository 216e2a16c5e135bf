#include "cli/line_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"

namespace fob::cli {

Result<Woken> WaitReadable(int fd, int interrupt_fd, int64_t deadline_ms, int aside_fd) {
  for (;;) {
    const int64_t left = deadline_ms - SystemClock().MonotonicMs();
    if (left <= 0) return MakeError(Code::kTimedOut, "no_answer", "no answer came in time");
    pollfd fds[3] = {{fd, POLLIN, 0}, {interrupt_fd, POLLIN, 0}, {aside_fd, POLLIN, 0}};
    const int ready = ::poll(fds, 3, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (ready < 0 && errno != EINTR) {
      return MakeError(Code::kInternal, "poll_failed",
                       fmt::format("poll: {}", std::strerror(errno)));
    }
    if (ready > 0 && fds[1].revents != 0)
      return MakeError(Code::kCancelled, "interrupted", "interrupted");
    if (ready > 0 && fds[2].revents != 0) return Woken::kAside;
    if (ready > 0 && fds[0].revents != 0) return Woken::kReadable;
  }
}

SecretBytes LineReader::Take(size_t size, size_t with_end) {
  const auto bytes = buffer_.RevealMutable();
  size_t shown = size;
  if (shown > 0 && bytes[shown - 1] == '\r') --shown;
  SecretBytes line(buffer_.Reveal().first(shown));
  std::memmove(bytes.data(), bytes.data() + with_end, filled_ - with_end);
  Wipe(bytes.data() + (filled_ - with_end), with_end);
  filled_ -= with_end;
  return line;
}

Result<SecretBytes> LineReader::Next(const std::function<Status()>& wait) {
  for (;;) {
    const std::string_view have = buffer_.RevealText().substr(0, filled_);
    if (const size_t end = have.find('\n'); end != std::string_view::npos)
      return Take(end, end + 1);
    if (filled_ == buffer_.size()) {
      return MakeError(Code::kInvalidArgument, "line_too_long", "a line of more than 32 KiB");
    }
    FOB_CHECK(wait());
    const ssize_t got =
        ::read(fd_, buffer_.RevealMutable().data() + filled_, buffer_.size() - filled_);
    if (got > 0) {
      filled_ += static_cast<size_t>(got);
    } else if (got == 0) {
      if (filled_ > 0) return Take(filled_, filled_);
      return MakeError(Code::kCancelled, "no_answer", "the input ended before an answer came");
    } else if (errno != EINTR && errno != EAGAIN) {
      return MakeError(Code::kInternal, "read_failed",
                       fmt::format("cannot read: {}", std::strerror(errno)));
    }
  }
}

}  // namespace fob::cli
