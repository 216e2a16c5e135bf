#pragma once

#include <optional>

#include "tests/support/virtual_key/hid_frames.h"

namespace fob::testing {

// A FIDO HID device as its host has it open: what libfido2's io functions need.
class HidDevice {
 public:
  virtual ~HidDevice() = default;
  virtual void Write(ReportView report) = 0;
  // nullopt: none within timeout_ms (negative: as long as it takes), or the device is gone.
  virtual std::optional<Report> Read(int64_t timeout_ms) = 0;
};

}  // namespace fob::testing
