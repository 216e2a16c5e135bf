#include "tests/support/virtual_key/socket_device.h"

#include <poll.h>

#include <algorithm>
#include <stdexcept>

#include "tests/support/virtual_key/unix_socket.h"

namespace fob::testing {

SocketDevice::SocketDevice(const std::string& path) : fd_(ConnectTo(path)) {
  if (!fd_.valid()) throw std::runtime_error("no key is plugged in at " + path);
}

void SocketDevice::Write(ReportView report) { SendPacket(fd_.get(), report); }

std::optional<Report> SocketDevice::Read(int64_t timeout_ms) {
  pollfd polled{fd_.get(), POLLIN, 0};
  if (poll(&polled, 1, static_cast<int>(timeout_ms)) != 1) return std::nullopt;
  const auto packet = ReceivePacket(fd_.get());
  if (!packet || packet->size() != kReportSize) return std::nullopt;
  Report report;
  std::ranges::copy(*packet, report.begin());
  return report;
}

}  // namespace fob::testing
