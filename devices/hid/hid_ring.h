#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "devices/fido/transport.h"
#include "devices/hid/udev_view.h"

struct hid_device_info;

namespace fob::hid {

// The security keys on this machine's USB: hidraw devices of FIDO's usage page (0xF1D0, usage 1),
// through hidapi; udev tells when they come and go. A device whose udev rules have not run yet is
// not there yet: it could not be opened, and its event is to come. One at a time in a process, as hidapi's state
// is global.
class HidRing final : public fido::KeyRing {
 public:
  // kUnavailable/"hidapi" when hidapi does not start. Without udev, hotplug_fd is -1. `udev_control`: a file that
  // is there while udev runs.
  static Result<std::unique_ptr<HidRing>> Create(std::string udev_control = kUdevControl);
  ~HidRing() override;
  HidRing(const HidRing&) = delete;
  HidRing& operator=(const HidRing&) = delete;

  // Where udev runs and has told of no change since the last time: what was found then.
  std::vector<fido::DeviceInfo> Enumerate() override;
  // Keyboard interfaces of a maker whose keyboards are tokens: Yubico.
  std::vector<fido::DeviceInfo> EnumerateKeyboards() override;
  // kUnavailable/"open_failed": no such device, not a HID device, or no permission.
  Result<std::unique_ptr<fido::Transport>> Open(const std::string& path) override;
  int hotplug_fd() const override;
  bool TakeHotplug() override;

 private:
  explicit HidRing(std::string udev_control) : udev_control_(std::move(udev_control)) {}

  bool IsUpToDate();
  std::vector<fido::DeviceInfo> List(bool (*wanted)(const hid_device_info&));

  std::mutex mutex_;  // hidapi keeps its last error in a global variable
  UdevHandle<udev> udev_;
  UdevHandle<udev_monitor> monitor_;
  const std::string udev_control_;
  std::optional<std::vector<fido::DeviceInfo>> keys_;  // as last enumerated; until udev tells of a change
};

}  // namespace fob::hid
