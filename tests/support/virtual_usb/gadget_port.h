#pragma once

#include <deque>
#include <memory>

#include "base/unique_fd.h"
#include "tests/support/virtual_key/key_port.h"
#include "tests/support/virtual_usb/usb_gadget.h"

namespace fob::testing {

// A whole USB device: plugging attaches the gadget to its controller, and reports go through the
// device file of its HID function.
class GadgetPort final : public KeyPort {
 public:
  explicit GadgetPort(std::unique_ptr<UsbGadget> gadget) : gadget_(std::move(gadget)) {}
  ~GadgetPort() override { Unplug(); }

  void Plug() override;
  void Unplug() override;
  bool plugged() const override { return device_.valid(); }
  std::vector<pollfd> Polled() const override;
  std::vector<Report> Exchange() override;
  void Send(const Report& report) override;

 private:
  void Flush();

  const std::unique_ptr<UsbGadget> gadget_;
  UniqueFd device_;
  std::deque<Report> unsent_;  // the driver takes one, and the next when its host has read that
};

}  // namespace fob::testing
