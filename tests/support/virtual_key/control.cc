#include "tests/support/virtual_key/control.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "tests/support/virtual_key/parameters.h"

namespace fob::testing {
namespace {

std::string Json(const VirtualKey::Status& status) {
  return fmt::format(
      R"({{"plugged":{},"waiting":{},"credentials":{},"discoverable":{},"pin_set":{},)"
      R"("pin_retries":{},"uv_retries":{},"counter":{},"blinks":{},"cancels":{},"winks":{},)"
      R"("inits":{}}})",
      status.plugged, status.waiting, status.credentials, status.discoverable, status.pin_set,
      status.pin_retries, status.uv_retries, status.counter, status.blinks, status.cancels,
      status.winks, status.inits);
}

std::string Pem(ByteView der) {
  std::string base64(4 * ((der.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), der.data(),
                                     static_cast<int>(der.size()));
  base64.resize(static_cast<size_t>(length));
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  for (size_t i = 0; i < base64.size(); i += 64) out += base64.substr(i, 64) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

std::string SetTouchPolicy(VirtualKey& key, std::string_view name) {
  const auto policy = TouchPolicyFromName(name);
  if (!policy) return "error: no such touch policy";
  key.controls().touch = *policy;
  return "ok";
}

std::string SetTouchDelay(VirtualKey& key, std::string_view digits) {
  const auto ms = NumberFrom(digits);
  if (!ms) return "error: no number of milliseconds";
  key.controls().touch_delay_ms = *ms;
  return "ok";
}

std::string SetAnswerDelay(VirtualKey& key, std::string_view digits) {
  const auto ms = NumberFrom(digits);
  if (!ms) return "error: no number of milliseconds";
  key.controls().answer_delay_ms = *ms;
  return "ok";
}

std::string SetPin(VirtualKey& key, std::string_view pin) {
  if (pin.size() < 4 || pin.size() > 63) return "error: a PIN has 4 to 63 bytes";
  key.SetPin(pin);
  return "ok";
}

std::string ForcePinChange(VirtualKey& key, std::string_view wanted) {
  if (wanted != "on" && wanted != "off") return "error: on or off";
  key.ForcePinChange(wanted == "on");
  return "ok";
}

std::string SetUv(VirtualKey& key, std::string_view outcome) {
  if (outcome != "ok" && outcome != "fail" && outcome != "fail-once") {
    return "error: ok, fail or fail-once";
  }
  key.controls().uv_failures = outcome == "ok" ? 0 : outcome == "fail" ? Controls::kForever : 1;
  return "ok";
}

std::string Block(VirtualKey& key, std::string_view what) {
  if (what == "pin") {
    key.BlockPin();
  } else if (what == "pin-auth") {
    key.BlockPinAuth();
  } else if (what == "uv") {
    key.BlockUv();
  } else {
    return "error: pin, pin-auth or uv";
  }
  return "ok";
}

std::string SetMisbehaviour(VirtualKey& key, std::string_view names) {
  const auto fault = Misbehaviour::FromNames(names);
  if (!fault) return "error: no such misbehaviour";
  key.controls().misbehaviour = *fault;
  return "ok";
}

std::string CredentialsJson(const VirtualKey& key, uint32_t counter) {
  std::string out = "[";
  for (const Credential& credential : key.credentials()) {
    out += fmt::format(R"({}{{"id":"{}","rp_id":"{}","user_id":"{}","algorithm":{},"private_key":"{}","counter":{}}})",
                       out.size() > 1 ? "," : "", Base64UrlEncode(credential.id), credential.rp_id,
                       Base64UrlEncode(credential.user_id), credential.algorithm,
                       Base64UrlEncode(credential.private_key), counter);
  }
  return out + "]";
}

std::string ImportCredential(VirtualKey& key, std::string_view words) {
  std::vector<std::string> parts(1);
  for (const char c : words) {
    if (c == ' ') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() != 5) return "error: ID RP_ID USER_ID PRIVATE_KEY COUNTER";
  auto id = Base64UrlDecode(parts[0]), user = Base64UrlDecode(parts[2]), secret = Base64UrlDecode(parts[3]);
  const auto counter = NumberFrom(parts[4]);
  if (!id.ok() || !user.ok() || !secret.ok() || secret->size() != 32 || !counter) return "error: base64url, and a number";
  Credential credential;
  credential.id = *std::move(id);
  credential.rp_id = parts[1];
  credential.user_id = *std::move(user);
  credential.algorithm = kEs256;
  credential.private_key = *std::move(secret);
  credential.discoverable = true;
  key.Import(std::move(credential), static_cast<uint32_t>(*counter));
  return "ok";
}

}  // namespace

std::optional<TouchPolicy> TouchPolicyFromName(std::string_view name) {
  if (name == "auto") return TouchPolicy::kAuto;
  if (name == "never") return TouchPolicy::kNever;
  if (name == "command") return TouchPolicy::kCommand;
  if (name == "refuse") return TouchPolicy::kRefuse;
  return std::nullopt;
}

std::optional<int64_t> NumberFrom(std::string_view digits) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && value >= 0;
  return whole ? std::optional(value) : std::nullopt;
}

std::optional<ControlAnswer> RunControl(VirtualKey& key, std::string_view command, int64_t now_ms) {
  const size_t space = command.find(' ');
  const std::string_view verb = command.substr(0, space);
  const std::string_view argument =
      space == std::string_view::npos ? "" : command.substr(space + 1);
  if (verb == "touch") {
    if (!key.status(now_ms).waiting) return ControlAnswer{"not waiting", {}};
    return ControlAnswer{"ok", key.Touch(now_ms)};
  }
  if (verb == "touch-policy") return ControlAnswer{SetTouchPolicy(key, argument), {}};
  if (verb == "touch-delay") return ControlAnswer{SetTouchDelay(key, argument), {}};
  if (verb == "uv") return ControlAnswer{SetUv(key, argument), {}};
  if (verb == "answer-delay") return ControlAnswer{SetAnswerDelay(key, argument), {}};
  if (verb == "pin") return ControlAnswer{SetPin(key, argument), {}};
  if (verb == "force-pin-change") return ControlAnswer{ForcePinChange(key, argument), {}};
  if (verb == "block") return ControlAnswer{Block(key, argument), {}};
  if (verb == "misbehave") return ControlAnswer{SetMisbehaviour(key, argument), {}};
  if (verb == "status") return ControlAnswer{Json(key.status(now_ms)), {}};
  if (verb == "credentials") return ControlAnswer{CredentialsJson(key, key.status(now_ms).counter), {}};
  if (verb == "import") return ControlAnswer{ImportCredential(key, argument), {}};
  if (verb == "attestation-root") return ControlAnswer{Pem(key.attestation_root()), {}};
  return std::nullopt;
}

}  // namespace fob::testing
