#include "daemon/core/worker_words.h"

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "daemon/core/attestation_policy.h"

namespace fob::core {
namespace {

constexpr size_t kMaxDevice = 64, kMaxTransports = 8, kMaxTransport = 32, kMaxFormat = 32,
                 kMaxReason = 32, kMaxText = 300, kMaxPath = 256, kMaxWords = 8, kMaxWord = 32;
constexpr int64_t kMaxRetries = 255;
constexpr size_t kAaguid = 16;

bool IsWord(std::string_view text, size_t longest, char between) {
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [between](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == between;
  });
}

}  // namespace

std::string Shown(std::string_view text, size_t longest) {
  std::string out(text.substr(0, longest));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

void Tidy(proto::Progress& progress) {
  if (progress.device.has_value()) progress.device = Shown(*progress.device, kMaxDevice);
  if (progress.retries.has_value())
    progress.retries = std::clamp<int64_t>(*progress.retries, 0, kMaxRetries);
}

void Tidy(proto::PinNeeded& needed) {
  needed.device = Shown(needed.device, kMaxDevice);
  needed.retries = std::clamp<int64_t>(needed.retries, 0, kMaxRetries);
}

void Tidy(proto::Assertion& assertion) { assertion.device = Shown(assertion.device, kMaxDevice); }

Status Tidy(proto::MadeCredential& credential) {
  credential.device = Shown(credential.device, kMaxDevice);
  std::erase_if(credential.transports,
                [](const std::string& word) { return !IsWord(word, kMaxTransport, '-'); });
  std::ranges::sort(credential.transports);
  credential.transports.erase(std::unique(credential.transports.begin(), credential.transports.end()), credential.transports.end());
  if (credential.transports.size() > kMaxTransports) credential.transports.resize(kMaxTransports);
  if (!IsWord(credential.format, kMaxFormat, '-')) {
    return MakeError(Code::kCorrupt, "bad_worker", "the key worker named no attestation format");
  }
  return Ok();
}

bool Tidy(proto::Device& device) {
  const auto shorten = [](std::vector<std::string>& words) {
    if (words.size() > kMaxWords) words.resize(kMaxWords);
    for (std::string& word : words) word = Shown(word, kMaxWord);
  };
  device.name = Shown(device.name, kMaxDevice);
  device.seat = Shown(device.seat, kMaxDevice);
  if (device.serial.has_value()) device.serial = Shown(*device.serial, kMaxDevice);
  if (device.aaguid.has_value()) {
    // In the form in which those of enrolled keys are told.
    const auto aaguid = Base64UrlDecode(*device.aaguid);
    device.aaguid = aaguid.ok() && aaguid->size() == kAaguid ? std::optional(AaguidText(*aaguid)) : std::nullopt;
  }
  if (device.problem.has_value() && !IsWord(*device.problem, kMaxReason, '_')) device.problem = "bad_worker";
  shorten(device.versions);
  shorten(device.algorithms);
  shorten(device.transports);
  for (auto* retries : {&device.pin_retries, &device.uv_retries}) {
    if (retries->has_value()) *retries = std::clamp<int64_t>(**retries, 0, kMaxRetries);
  }
  device.pin_min_length = std::clamp<int64_t>(device.pin_min_length, 0, 63);
  return device.device.size() <= kMaxPath && Shown(device.device, kMaxPath) == device.device;
}

Error Tidied(Error error) {
  if (!IsWord(error.reason, kMaxReason, '_')) {
    return MakeError(Code::kUnavailable, "bad_worker", "the key worker broke the protocol");
  }
  error.text = Shown(error.text, kMaxText);
  return error;
}

}  // namespace fob::core
