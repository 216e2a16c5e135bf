#include "devices/fido/inspect.h"

#include <algorithm>

namespace fob::fido {
namespace {

constexpr int kUsualMinPin = 4;  // CTAP 2.1 clause 6.4, minPINLength
constexpr size_t kMaxListed = 8, kMaxWord = 32;

// Whatever bytes a key says: short and printable, as they go into a message.
std::vector<std::string> Texts(char** texts, size_t count) {
  std::vector<std::string> out(texts, texts + std::min(count, kMaxListed));
  for (std::string& text : out) {
    if (text.size() > kMaxWord) text.resize(kMaxWord);
    std::replace_if(text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  }
  return out;
}

Ability AbilityOf(const Device& device, std::string_view option) {
  const std::optional<bool> has = OptionOf(device, option);
  return !has ? Ability::kUnsupported : *has ? Ability::kSet : Ability::kUnset;
}

std::vector<Algorithm> Algorithms(const Device& device) {
  std::vector<Algorithm> out;
  const fido_cbor_info_t* info = device.cbor_info();
  const size_t count = std::min(fido_cbor_info_algorithm_count(info), kMaxListed);
  for (size_t i = 0; i < count; ++i) {
    const auto algorithm = AlgorithmFromCose(fido_cbor_info_algorithm_cose(info, i));
    if (algorithm && std::find(out.begin(), out.end(), *algorithm) == out.end())
      out.push_back(*algorithm);
  }
  if (out.empty()) out.push_back(Algorithm::kEs256);  // all have it, and CTAP 2.0 does not say
  return out;
}

void InspectPin(Device& device, DeviceReport& out) {
  const fido_cbor_info_t* info = device.cbor_info();
  out.pin = AbilityOf(device, "clientPin");
  if (out.pin == Ability::kUnsupported) return;
  const uint64_t least = fido_cbor_info_minpinlen(info);
  out.pin_min_length = least == 0 ? kUsualMinPin : static_cast<int>(std::min<uint64_t>(least, 63));
  out.pin_change_forced = fido_cbor_info_new_pin_required(info);
  int retries = 0;
  if (out.pin == Ability::kSet && fido_dev_get_retry_count(device.handle(), &retries) == FIDO_OK)
    out.pin_retries = retries;
}

void InspectUserVerification(Device& device, DeviceReport& out) {
  out.user_verification = AbilityOf(device, "uv");
  int retries = 0;
  if (out.user_verification == Ability::kSet &&
      fido_dev_get_uv_retry_count(device.handle(), &retries) == FIDO_OK) {
    out.uv_retries = retries;
  }
}

}  // namespace

std::optional<bool> OptionOf(const Device& device, std::string_view option) {
  const fido_cbor_info_t* info = device.cbor_info();
  for (size_t i = 0; i < fido_cbor_info_options_len(info); ++i) {
    if (fido_cbor_info_options_name_ptr(info)[i] == option)
      return fido_cbor_info_options_value_ptr(info)[i];
  }
  return std::nullopt;
}

DeviceReport Inspect(Device& device) {
  DeviceReport out;
  out.info = device.info();
  if (!device.is_fido2()) {
    out.kind = DeviceReport::Kind::kU2f;
    out.versions = {"U2F_V2"};
    out.algorithms = {Algorithm::kEs256};
    return out;
  }
  const fido_cbor_info_t* info = device.cbor_info();
  out.kind = DeviceReport::Kind::kFido2;
  out.versions = Texts(fido_cbor_info_versions_ptr(info), fido_cbor_info_versions_len(info));
  out.transports = Texts(fido_cbor_info_transports_ptr(info), fido_cbor_info_transports_len(info));
  if (fido_cbor_info_aaguid_len(info) == 16) {
    std::copy_n(fido_cbor_info_aaguid_ptr(info), 16, out.aaguid.emplace().begin());
  }
  if (const uint64_t firmware = fido_cbor_info_fwversion(info); firmware != 0)
    out.firmware = firmware;
  out.algorithms = Algorithms(device);
  out.discoverable = OptionOf(device, "rk").value_or(false);
  // -1: it does not say.
  if (const int64_t left = fido_cbor_info_rk_remaining(info); left >= 0)
    out.credentials_left = left;
  InspectPin(device, out);
  InspectUserVerification(device, out);
  return out;
}

}  // namespace fob::fido
