#include "tests/support/virtual_key/socket_port.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "tests/support/virtual_key/unix_socket.h"

namespace fob::testing {
namespace {

constexpr size_t kMaxHosts = 64;

}  // namespace

void SocketPort::Plug() {
  if (!plugged()) listener_ = ListenAt(path_);
}

void SocketPort::Unplug() {
  if (!plugged()) return;
  unlink(path_.c_str());
  listener_.reset();
  hosts_.clear();
}

std::vector<pollfd> SocketPort::Polled() const {
  std::vector<pollfd> out;
  if (plugged()) out.push_back({listener_.get(), POLLIN, 0});
  for (const UniqueFd& host : hosts_) out.push_back({host.get(), POLLIN, 0});
  return out;
}

std::vector<Report> SocketPort::Exchange() {
  std::vector<Report> out;
  for (UniqueFd& host : hosts_) {
    const auto packet = ReceivePacket(host.get());
    if (!packet) continue;
    if (packet->empty()) {
      host.reset();
    } else if (packet->size() == kReportSize) {
      std::ranges::copy(*packet, out.emplace_back().begin());
    }
  }
  std::erase_if(hosts_, [](const UniqueFd& host) { return !host.valid(); });
  pollfd waiting{listener_.get(), POLLIN, 0};
  if (plugged() && poll(&waiting, 1, 0) == 1) {
    UniqueFd host(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (host.valid() && hosts_.size() < kMaxHosts) hosts_.push_back(std::move(host));
  }
  return out;
}

void SocketPort::Send(const Report& report) {
  // As with hidraw, a reader that does not read loses reports.
  for (const UniqueFd& host : hosts_) SendPacket(host.get(), report);
}

}  // namespace fob::testing
