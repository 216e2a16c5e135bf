#include "tests/support/virtual_usb/uhid_port.h"

#include <fcntl.h>
#include <linux/uhid.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace fob::testing {
namespace {

constexpr size_t kMaxEvents = 64;  // at one call, so that a host that floods starves nobody

// Cuts what is too long; the fields are zero beforehand.
template <size_t kSize>
void Fill(uint8_t (&field)[kSize], const std::string& text) {
  std::memcpy(field, text.data(), std::min(text.size(), kSize - 1));
}

bool Write(int fd, const uhid_event& event) {
  return write(fd, &event, sizeof event) == static_cast<ssize_t>(sizeof event);
}

uhid_event Creation(const UsbIdentity& identity) {
  uhid_event event{};
  event.type = UHID_CREATE2;
  uhid_create2_req& create = event.u.create2;
  Fill(create.name, identity.manufacturer + " " + identity.name);
  Fill(create.uniq, identity.serial);
  create.bus = BUS_USB;
  create.vendor = identity.vendor;
  create.product = identity.product;
  create.rd_size = sizeof kFidoReportDescriptor;
  std::ranges::copy(kFidoReportDescriptor, create.rd_data);
  return event;
}

}  // namespace

UhidPort::UhidPort(std::function<UniqueFd()> open, UsbIdentity identity)
    : open_(std::move(open)), identity_(std::move(identity)) {}

UniqueFd UhidPort::OpenDevice(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) throw std::runtime_error("cannot open " + path + ": " + strerror(errno));
  return fd;
}

void UhidPort::Plug() {
  if (plugged()) return;
  UniqueFd fd = open_();
  if (!Write(fd.get(), Creation(identity_)))
    throw std::runtime_error(std::string("uhid makes no device: ") + strerror(errno));
  uhid_ = std::move(fd);
}

void UhidPort::Unplug() {
  if (!plugged()) return;
  uhid_event event{};
  event.type = UHID_DESTROY;
  Write(uhid_.get(), event);  // closing does the same
  uhid_.reset();
}

std::vector<pollfd> UhidPort::Polled() const {
  if (!plugged()) return {};
  return {{uhid_.get(), POLLIN, 0}};
}

std::vector<Report> UhidPort::Exchange() {
  std::vector<Report> out;
  for (size_t i = 0; plugged() && i < kMaxEvents; ++i) {
    uhid_event event{};
    if (read(uhid_.get(), &event, sizeof event) <= 0) break;
    uhid_event answer{};
    switch (event.type) {
      case UHID_OUTPUT:
        // hidraw puts the report's number first: 0, as there is but one.
        if (event.u.output.size == kReportSize + 1 && event.u.output.data[0] == 0)
          std::copy_n(event.u.output.data + 1, kReportSize, out.emplace_back().begin());
        break;
      case UHID_GET_REPORT:  // answered, or its host waits for seconds
        answer.type = UHID_GET_REPORT_REPLY;
        answer.u.get_report_reply.id = event.u.get_report.id;
        answer.u.get_report_reply.err = EIO;
        Write(uhid_.get(), answer);
        break;
      case UHID_SET_REPORT:
        answer.type = UHID_SET_REPORT_REPLY;
        answer.u.set_report_reply.id = event.u.set_report.id;
        answer.u.set_report_reply.err = EIO;
        Write(uhid_.get(), answer);
        break;
      default:
        break;
    }
  }
  return out;
}

void UhidPort::Send(const Report& report) {
  if (!plugged()) return;
  uhid_event event{};
  event.type = UHID_INPUT2;
  event.u.input2.size = kReportSize;
  std::ranges::copy(report, event.u.input2.data);
  Write(uhid_.get(), event);
}

}  // namespace fob::testing
