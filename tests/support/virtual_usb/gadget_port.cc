#include "tests/support/virtual_usb/gadget_port.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace fob::testing {
namespace {

constexpr size_t kMaxReports = 64;   // taken at one call
constexpr size_t kMaxUnsent = 4096;  // a host that reads no more loses what comes then

}  // namespace

void GadgetPort::Plug() {
  if (plugged()) return;
  gadget_->Attach();
  const std::string path = gadget_->DevicePath();
  device_.reset(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (plugged()) return;
  const std::string why = strerror(errno);
  gadget_->Detach();
  throw std::runtime_error("cannot open " + path + ": " + why);
}

void GadgetPort::Unplug() {
  if (!plugged()) return;
  device_.reset();  // first: the driver waits for those who have it open
  unsent_.clear();
  gadget_->Detach();
}

std::vector<pollfd> GadgetPort::Polled() const {
  if (!plugged()) return {};
  const auto events = static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
  return {{device_.get(), events, 0}};
}

std::vector<Report> GadgetPort::Exchange() {
  std::vector<Report> out;
  Flush();
  while (plugged() && out.size() < kMaxReports) {
    Report report{};
    if (read(device_.get(), report.data(), report.size()) != static_cast<ssize_t>(kReportSize))
      break;
    out.push_back(report);
  }
  return out;
}

void GadgetPort::Send(const Report& report) {
  if (!plugged()) return;
  if (unsent_.size() < kMaxUnsent) unsent_.push_back(report);
  Flush();
}

void GadgetPort::Flush() {
  while (!unsent_.empty()) {
    const Report& next = unsent_.front();
    if (write(device_.get(), next.data(), next.size()) != static_cast<ssize_t>(next.size())) return;
    unsent_.pop_front();
  }
}

}  // namespace fob::testing
