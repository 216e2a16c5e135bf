#pragma once

#include "base/unique_fd.h"
#include "tests/support/virtual_key/hid_device.h"

namespace fob::testing {

// One open of the device that a KeyServer shows at a path.
class SocketDevice final : public HidDevice {
 public:
  // Throws std::runtime_error when no key is plugged in there.
  explicit SocketDevice(const std::string& path);
  void Write(ReportView report) override;
  std::optional<Report> Read(int64_t timeout_ms) override;
  // Readable when a report waits or the key is gone.
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace fob::testing
