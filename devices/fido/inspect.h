#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "devices/fido/algorithm.h"
#include "devices/fido/device.h"

namespace fob::fido {

// Something that a key can have: not at all, not yet, or it has it.
enum class Ability { kUnsupported, kUnset, kSet };

// What is plugged in, as it says itself. Nothing of it is signed.
struct DeviceReport {
  enum class Kind { kFido2, kU2f, kKeyboard, kUnknown };

  DeviceInfo info;
  Kind kind = Kind::kUnknown;
  std::optional<Error> problem;  // kUnknown: why it could not be asked
  std::vector<std::string> versions;
  std::optional<std::array<uint8_t, 16>> aaguid;
  std::optional<uint64_t> firmware;
  std::vector<Algorithm> algorithms;
  std::vector<std::string> transports;
  Ability pin = Ability::kUnsupported;
  std::optional<int> pin_retries;
  bool pin_change_forced = false;
  int pin_min_length = 0;  // code points; of keys that take a PIN
  Ability user_verification = Ability::kUnsupported;  // built-in
  std::optional<int> uv_retries;
  bool discoverable = false;
  std::optional<int64_t> credentials_left;  // discoverable ones
};

// Whether the key says that it has the option, and what value: CTAP's authenticatorGetInfo.
std::optional<bool> OptionOf(const Device& device, std::string_view option);

// Asks an open key for all of it, without a touch.
DeviceReport Inspect(Device& device);

}  // namespace fob::fido
