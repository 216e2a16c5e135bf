#pragma once

#include <cstdint>
#include <string>

namespace fob::testing {

// What a USB device says of itself.
struct UsbIdentity {
  uint16_t vendor = 0x1209;  // pid.codes, whose product 1 is for tests
  uint16_t product = 0x0001;
  std::string manufacturer = "fob";
  std::string name = "virtual security key";
  std::string serial = "1";
};

// The HID report descriptor of a FIDO device (CTAP 2.1 clause 11.2.8.2): usage page 0xF1D0, usage 1,
// reports of 64 bytes in and out, without report ids.
inline constexpr uint8_t kFidoReportDescriptor[] = {
    0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26,
    0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, 0x09, 0x21, 0x15, 0x00,
    0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, 0xc0};

}  // namespace fob::testing
