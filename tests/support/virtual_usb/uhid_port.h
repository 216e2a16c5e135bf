#pragma once

#include <functional>

#include "base/unique_fd.h"
#include "tests/support/virtual_key/key_port.h"
#include "tests/support/virtual_usb/identity.h"

namespace fob::testing {

// A HID device that the kernel's uhid driver makes of this process: hidraw, udev and every FIDO
// program see it as a USB key, but for the USB device that it does not hang on. Unplugging destroys
// it.
class UhidPort final : public KeyPort {
 public:
  // open gives a fresh /dev/uhid, readable and writable without waiting, or throws
  // std::runtime_error.
  UhidPort(std::function<UniqueFd()> open, UsbIdentity identity);
  ~UhidPort() override { Unplug(); }

  static UniqueFd OpenDevice(const std::string& path);

  void Plug() override;
  void Unplug() override;
  bool plugged() const override { return uhid_.valid(); }
  std::vector<pollfd> Polled() const override;
  std::vector<Report> Exchange() override;
  void Send(const Report& report) override;

 private:
  const std::function<UniqueFd()> open_;
  const UsbIdentity identity_;
  UniqueFd uhid_;
};

}  // namespace fob::testing
