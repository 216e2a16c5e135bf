#include "daemon/host/seat_announcer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/unique_fd.h"

namespace fob::host {
namespace {

constexpr size_t kLongest = 400;

// A terminal's own name, below the folder: "tty2".
bool IsName(const std::string& tty) {
  return !tty.empty() && tty.size() <= 16 && std::ranges::all_of(tty, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

}  // namespace

void SeatAnnouncer::Announce(const std::string& text, const std::string& except) const {
  std::string line = "\r\nfob: " + text.substr(0, kLongest);
  std::replace_if(
      line.begin() + 2, line.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  line += "\r\n";
  for (const std::string& tty : sessions_->AtSeats()) {
    if (!IsName(tty) || tty == except || "/dev/" + tty == except) continue;
    const UniqueFd terminal(::open((folder_ + "/" + tty).c_str(),
                                   O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (!terminal.valid() || ::isatty(terminal.get()) != 1) continue;
    [[maybe_unused]] const ssize_t written = ::write(terminal.get(), line.data(), line.size());
  }
}

}  // namespace fob::host
