#pragma once

#include <memory>
#include <mutex>

#include "devices/fido/transport.h"

struct udev;
struct udev_monitor;

namespace fob::hid {

// The security keys on this machine's USB: hidraw devices of FIDO's usage page (0xF1D0, usage 1),
// through hidapi; udev tells when they come and go. One at a time in a process, as hidapi's state
// is global.
class HidRing final : public fido::KeyRing {
 public:
  // kUnavailable/"hidapi" when hidapi does not start. Without udev, hotplug_fd is -1.
  static Result<std::unique_ptr<HidRing>> Create();
  ~HidRing() override;
  HidRing(const HidRing&) = delete;
  HidRing& operator=(const HidRing&) = delete;

  std::vector<fido::DeviceInfo> Enumerate() override;
  // kUnavailable/"open_failed": no such device, not a HID device, or no permission.
  Result<std::unique_ptr<fido::Transport>> Open(const std::string& path) override;
  int hotplug_fd() const override;
  bool TakeHotplug() override;

 private:
  HidRing() = default;

  struct FreeUdev {
    void operator()(udev* context) const;
    void operator()(udev_monitor* monitor) const;
  };
  std::mutex mutex_;  // hidapi keeps its last error in a global variable
  std::unique_ptr<udev, FreeUdev> udev_;
  std::unique_ptr<udev_monitor, FreeUdev> monitor_;
};

}  // namespace fob::hid
