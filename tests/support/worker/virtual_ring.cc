#include "tests/support/worker/virtual_ring.h"

#include <poll.h>
#include <sys/inotify.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "tests/support/virtual_key/unix_socket.h"

namespace fob::testing {
namespace {

constexpr std::string_view kSuffix = ".sock";

Error Gone() { return MakeError(Code::kUnavailable, "key_vanished", "the virtual key is gone"); }

class SocketTransport final : public fido::Transport {
 public:
  explicit SocketTransport(UniqueFd fd) : fd_(std::move(fd)) {}

  Result<std::optional<fido::Report>> Read(int timeout_ms) override {
    pollfd polled{fd_.get(), POLLIN, 0};
    const int ready = ::poll(&polled, 1, timeout_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) return std::optional<fido::Report>();
    const auto packet = ReceivePacket(fd_.get());
    if (!packet) return std::optional<fido::Report>();
    if (packet->size() != fido::kReportSize) return Gone();
    fido::Report report;
    std::copy(packet->begin(), packet->end(), report.begin());
    return std::optional(report);
  }

  Status Write(const fido::Report& report) override {
    if (!SendPacket(fd_.get(), report)) return Gone();
    return Ok();
  }

 private:
  const UniqueFd fd_;
};

}  // namespace

VirtualRing::VirtualRing(std::string folder)
    : folder_(std::move(folder)), inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  constexpr uint32_t kWatched = IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM;
  if (!inotify_.valid() || ::inotify_add_watch(inotify_.get(), folder_.c_str(), kWatched) < 0) {
    throw std::runtime_error("cannot watch " + folder_ + ": " + std::strerror(errno));
  }
}

std::vector<fido::DeviceInfo> VirtualRing::List(std::string_view suffix) const {
  std::vector<fido::DeviceInfo> out;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() == suffix) out.push_back({path.string(), path.stem().string()});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

Result<std::unique_ptr<fido::Transport>> VirtualRing::Open(const std::string& path) {
  UniqueFd fd = ConnectTo(path);
  if (!fd.valid())
    return MakeError(Code::kUnavailable, "open_failed", "no virtual key listens at " + path);
  return std::unique_ptr<fido::Transport>(new SocketTransport(std::move(fd)));
}

bool VirtualRing::TakeHotplug() {
  alignas(inotify_event) char buffer[4096];
  bool any = false;
  for (;;) {
    const ssize_t got = ::read(inotify_.get(), buffer, sizeof(buffer));
    if (got <= 0) return any;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      // Keys keep their state in the same folder.
      any = any || (event->len > 0 && std::string_view(event->name).ends_with(kSuffix));
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

}  // namespace fob::testing
