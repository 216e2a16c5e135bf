#pragma once

#include "tests/support/virtual_usb/identity.h"

namespace fob::testing {

// A USB device with one FIDO HID function, made by the kernel's gadget driver (configfs and
// usb_f_hid). It exists from construction to destruction, and is on the bus while it is attached to
// a USB device controller, such as dummy_udc.0 of dummy_hcd.
class UsbGadget {
 public:
  // root: where configfs has usb_gadget. A gadget of this name that a dead process left is replaced.
  // Throws std::runtime_error, with nothing left behind.
  UsbGadget(std::string root, std::string name, std::string controller, UsbIdentity identity);
  ~UsbGadget();
  UsbGadget(const UsbGadget&) = delete;
  UsbGadget& operator=(const UsbGadget&) = delete;

  // Throws std::runtime_error.
  void Attach();
  void Detach();
  // The device file of its function, which exists while it is attached. Throws std::runtime_error.
  std::string DevicePath() const;

 private:
  void Make();
  void Remove();

  const std::string folder_;
  const std::string controller_;
  const UsbIdentity identity_;
};

}  // namespace fob::testing
