#include "devices/fido/pin.h"

#include <fmt/format.h>

#include <algorithm>

namespace fob::fido {

Result<SecretBytes> ForLibrary(const SecretBytes& typed) {
  const ByteView bytes = typed.Reveal();
  if (bytes.size() < kMinPin || bytes.size() > kMaxPin ||
      std::find(bytes.begin(), bytes.end(), 0) != bytes.end()) {
    return MakeError(Code::kInvalidArgument, "pin_length", "a PIN has 4 to 63 bytes");
  }
  SecretBytes out(bytes.size() + 1);
  std::copy(bytes.begin(), bytes.end(), out.RevealMutable().begin());
  return out;
}

const char* TextOf(const SecretBytes& pin) {
  return reinterpret_cast<const char*>(pin.Reveal().data());
}

Result<int> PinRetries(Device& device, int pin_floor) {
  int retries = 0;
  if (const int code = fido_dev_get_retry_count(device.handle(), &retries); code != FIDO_OK)
    return device.ErrorOf(code);
  if (retries <= 0) return FailureError(Failure::kPinBlocked);
  if (retries < pin_floor) return FailureError(Failure::kPinFloor, fmt::format("{} left", retries));
  return retries;
}

Error WrongPin(Device& device) {
  int retries = 0;
  if (fido_dev_get_retry_count(device.handle(), &retries) != FIDO_OK)
    return FailureError(Failure::kWrongPin);
  if (retries <= 0) return FailureError(Failure::kPinBlocked);
  return FailureError(Failure::kWrongPin,
                      fmt::format("{} {} left", retries, retries == 1 ? "try" : "tries"));
}

}  // namespace fob::fido
