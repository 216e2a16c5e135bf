#include "devices/worker/calls.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "devices/fido/auth_data.h"
#include "proto/envelope.h"
#include "proto/messages_json.h"

namespace fob::worker {
namespace {

constexpr size_t kHashSize = 32, kMaxUserHandle = 64, kMaxName = 64, kMaxRpId = 253,
                 kMaxCredentials = 64, kMaxPath = 256;
constexpr int64_t kMaxTimeoutMs = 600'000, kMaxPinFloor = 8;

Error Bad(std::string_view field, std::string_view what) {
  return MakeError(Code::kInvalidArgument, "bad_parameter", fmt::format("{}: {}", field, what));
}

Result<Bytes> BytesOf(std::string_view field, const std::string& text, size_t least, size_t most) {
  auto bytes = Base64UrlDecode(text);
  if (!bytes.ok()) return Bad(field, bytes.error().text);
  if (bytes->size() < least || bytes->size() > most) return Bad(field, "of a bad length");
  return bytes;
}

// Texts become C strings for libfido2: an embedded NUL would cut them.
Status CheckText(std::string_view field, const std::string& text, size_t least, size_t most) {
  if (text.size() < least || text.size() > most) return Bad(field, "of a bad length");
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; })) {
    return Bad(field, "with a control character");
  }
  return Ok();
}

Result<std::vector<fido::CredentialRef>> CredentialsOf(std::string_view field,
                                                       std::vector<proto::Credential> list,
                                                       size_t least) {
  if (list.size() < least || list.size() > kMaxCredentials)
    return Bad(field, "too few or too many");
  std::vector<fido::CredentialRef> out;
  for (proto::Credential& credential : list) {
    FOB_CHECK(CheckText(field, credential.rp_id, 1, kMaxRpId));
    FOB_TRY(Bytes id, BytesOf(field, credential.credential_id, 1, fido::kMaxCredentialId));
    out.push_back({std::move(credential.rp_id), std::move(id)});
  }
  return out;
}

Status CheckTimeout(int64_t timeout_ms) {
  if (timeout_ms < 1 || timeout_ms > kMaxTimeoutMs) return Bad("timeout_ms", "out of range");
  return Ok();
}

Status CheckFloor(int64_t pin_floor) {
  if (pin_floor < 0 || pin_floor > kMaxPinFloor) return Bad("pin_floor", "out of range");
  return Ok();
}

template <typename In>
Status FillCommon(In& in, fido::CeremonyRequest& out) {
  FOB_TRY(out.client_data_hash,
          BytesOf("client_data_hash", in.client_data_hash, kHashSize, kHashSize));
  FOB_CHECK(CheckFloor(in.pin_floor));
  FOB_CHECK(CheckTimeout(in.timeout_ms));
  out.pin_floor = static_cast<int>(in.pin_floor);
  out.timeout_ms = in.timeout_ms;
  out.pin = std::move(in.pin);
  return Ok();
}

Result<WorkerCall> Check(proto::worker::GetAssertion::In in) {
  using Wanted = proto::worker::GetAssertion::In::UserVerification;
  fido::AssertionRequest out;
  FOB_CHECK(FillCommon(in, out));
  FOB_TRY(out.credentials, CredentialsOf("credentials", std::move(in.credentials), 1));
  out.user_verification = in.user_verification == Wanted::kRequired;
  return WorkerCall(std::move(out));
}

fido::UserVerification Wish(proto::worker::MakeCredential::In::UserVerification wanted) {
  using Wanted = proto::worker::MakeCredential::In::UserVerification;
  switch (wanted) {
    case Wanted::kRequired:
      return fido::UserVerification::kRequired;
    case Wanted::kPreferred:
      return fido::UserVerification::kPreferred;
    case Wanted::kDiscouraged:
      return fido::UserVerification::kDiscouraged;
  }
  return fido::UserVerification::kRequired;
}

Result<WorkerCall> Check(proto::worker::MakeCredential::In in) {
  fido::CredentialRequest out;
  FOB_CHECK(FillCommon(in, out));
  FOB_CHECK(CheckText("rp_id", in.rp_id, 1, kMaxRpId));
  FOB_CHECK(CheckText("rp_name", in.rp_name, 0, kMaxName));
  FOB_CHECK(CheckText("user_name", in.user_name, 1, kMaxName));
  FOB_TRY(out.user_handle, BytesOf("user_handle", in.user_handle, 1, kMaxUserHandle));
  FOB_TRY(out.exclude, CredentialsOf("exclude", std::move(in.exclude), 0));
  for (const std::string& name : in.algorithms) {
    const auto algorithm = fido::AlgorithmFromName(name);
    if (!algorithm) return Bad("algorithms", "an unknown algorithm");
    if (std::find(out.algorithms.begin(), out.algorithms.end(), *algorithm) !=
        out.algorithms.end()) {
      return Bad("algorithms", "an algorithm that stands twice");
    }
    out.algorithms.push_back(*algorithm);
  }
  if (out.algorithms.empty()) return Bad("algorithms", "none");
  out.rp_id = std::move(in.rp_id);
  out.rp_name = std::move(in.rp_name);
  out.user_name = std::move(in.user_name);
  out.discoverable = in.discoverable;
  out.user_verification = Wish(in.user_verification);
  return WorkerCall(std::move(out));
}

Result<WorkerCall> Check(proto::worker::ListDevices::In in) {
  FOB_CHECK(CheckTimeout(in.timeout_ms));
  return WorkerCall(ListRequest{in.timeout_ms});
}

Result<WorkerCall> Check(proto::worker::ChangePin::In in) {
  FOB_CHECK(CheckText("device", in.device, 1, kMaxPath));
  FOB_CHECK(CheckFloor(in.pin_floor));
  FOB_CHECK(CheckTimeout(in.timeout_ms));
  return WorkerCall(fido::PinChange{std::move(in.device), std::move(in.pin), std::move(in.new_pin),
                                    static_cast<int>(in.pin_floor), in.timeout_ms});
}

Result<WorkerCall> Check(proto::worker::ResetDevice::In in) {
  FOB_CHECK(CheckText("device", in.device, 1, kMaxPath));
  FOB_CHECK(CheckTimeout(in.timeout_ms));
  return WorkerCall(ResetRequest{std::move(in.device), in.timeout_ms});
}

template <typename Method>
Result<WorkerCall> Read(const proto::Call& call) {
  auto in = proto::FromJson<typename Method::In>(call.parameters, proto::Unknown::kRefuse);
  if (!in.ok()) return Bad(in.error().text, "missing, unknown or of another type");
  return Check(*std::move(in));
}

proto::PinNeeded ToMessage(const fido::PinNeeded& needed) {
  using BuiltIn = proto::PinNeeded::BuiltIn;
  proto::PinNeeded out{needed.device, needed.retries, BuiltIn::kUnused};
  if (needed.built_in == fido::BuiltIn::kFailed) out.built_in = BuiltIn::kFailed;
  if (needed.built_in == fido::BuiltIn::kBlocked) out.built_in = BuiltIn::kBlocked;
  return out;
}

template <typename To>
To AbilityAs(fido::Ability ability) {
  switch (ability) {
    case fido::Ability::kUnsupported:
      return To::kUnsupported;
    case fido::Ability::kUnset:
      return To::kUnset;
    case fido::Ability::kSet:
      return To::kSet;
  }
  return To::kUnsupported;
}

proto::Device::Kind KindOf(fido::DeviceReport::Kind kind) {
  switch (kind) {
    case fido::DeviceReport::Kind::kFido2:
      return proto::Device::Kind::kFido2;
    case fido::DeviceReport::Kind::kU2f:
      return proto::Device::Kind::kU2f;
    case fido::DeviceReport::Kind::kKeyboard:
      return proto::Device::Kind::kKeyboard;
    case fido::DeviceReport::Kind::kUnknown:
      break;
  }
  return proto::Device::Kind::kUnknown;
}

proto::Device ToMessage(fido::DeviceReport report) {
  proto::Device out;
  out.device = std::move(report.info.path);
  out.name = std::move(report.info.name);
  if (!report.info.serial.empty()) out.serial = std::move(report.info.serial);
  out.vendor_id = report.info.vendor_id;
  out.product_id = report.info.product_id;
  out.seat = std::move(report.info.seat);
  out.kind = KindOf(report.kind);
  if (report.problem) out.problem = report.problem->reason;
  out.versions = std::move(report.versions);
  if (report.aaguid) out.aaguid = Base64UrlEncode(*report.aaguid);
  if (report.firmware) out.firmware = static_cast<int64_t>(*report.firmware);
  for (const fido::Algorithm algorithm : report.algorithms)
    out.algorithms.emplace_back(fido::AlgorithmName(algorithm));
  out.transports = std::move(report.transports);
  out.pin_status = AbilityAs<proto::Device::PinStatus>(report.pin);
  out.pin_retries = report.pin_retries;
  out.pin_change_forced = report.pin_change_forced;
  out.pin_min_length = report.pin_min_length;
  out.uv_status = AbilityAs<proto::Device::UvStatus>(report.user_verification);
  out.uv_retries = report.uv_retries;
  out.discoverable = report.discoverable;
  out.credentials_left = report.credentials_left;
  return out;
}

}  // namespace

Result<WorkerCall> ParseCall(std::string_view message) {
  FOB_TRY(const proto::Call call, proto::ParseCall(message));
  using Reader = Result<WorkerCall> (*)(const proto::Call&);
  constexpr std::pair<std::string_view, Reader> kMethods[] = {
      {proto::worker::GetAssertion::kName, &Read<proto::worker::GetAssertion>},
      {proto::worker::MakeCredential::kName, &Read<proto::worker::MakeCredential>},
      {proto::worker::ListDevices::kName, &Read<proto::worker::ListDevices>},
      {proto::worker::ChangePin::kName, &Read<proto::worker::ChangePin>},
      {proto::worker::ResetDevice::kName, &Read<proto::worker::ResetDevice>},
  };
  for (const auto& [name, read] : kMethods) {
    if (call.method != name) continue;
    if (!call.more)
      return MakeError(Code::kInvalidArgument, "expected_more", "a call without \"more\"");
    return read(call);
  }
  return MakeError(Code::kInvalidArgument, "unknown_method", call.method);
}

proto::Progress ProgressMessage(const fido::Progress& progress) {
  using Kind = proto::Progress::Kind;
  proto::Progress out;
  switch (progress.kind) {
    case fido::Progress::Kind::kInsert:
      out.kind = Kind::kInsert;
      break;
    case fido::Progress::Kind::kTouch:
      out.kind = Kind::kTouch;
      break;
    case fido::Progress::Kind::kWrongKey:
      out.kind = Kind::kWrongKey;
      break;
    case fido::Progress::Kind::kVerify:
      out.kind = Kind::kVerify;
      break;
    case fido::Progress::Kind::kVerifyAgain:
      out.kind = Kind::kVerifyAgain;
      out.retries = progress.retries;
      break;
    case fido::Progress::Kind::kBusy:
      out.kind = Kind::kBusy;
      break;
    case fido::Progress::Kind::kSlow:
      out.kind = Kind::kSlow;
      break;
    case fido::Progress::Kind::kRemove:
      out.kind = Kind::kRemove;
      break;
  }
  if (!progress.device.empty()) out.device = progress.device;
  return out;
}

proto::worker::GetAssertion::Out AssertionReply(fido::Answer answer) {
  proto::worker::GetAssertion::Out out;
  if (const auto* needed = std::get_if<fido::PinNeeded>(&answer)) {
    out.pin_needed = ToMessage(*needed);
  } else if (auto* assertion = std::get_if<fido::Assertion>(&answer)) {
    proto::Assertion& to = out.assertion.emplace();
    to.rp_id = std::move(assertion->rp_id);
    to.credential_id = Base64UrlEncode(assertion->credential_id);
    to.auth_data = Base64UrlEncode(assertion->auth_data);
    to.signature = Base64UrlEncode(assertion->signature);
    if (assertion->user_handle) to.user_handle = Base64UrlEncode(*assertion->user_handle);
    to.device = std::move(assertion->device);
  }
  return out;
}

proto::worker::MakeCredential::Out CredentialReply(fido::Answer answer) {
  proto::worker::MakeCredential::Out out;
  if (const auto* needed = std::get_if<fido::PinNeeded>(&answer)) {
    out.pin_needed = ToMessage(*needed);
  } else if (auto* made = std::get_if<fido::MadeCredential>(&answer)) {
    proto::MadeCredential& to = out.credential.emplace();
    to.credential_id = Base64UrlEncode(made->credential_id);
    to.auth_data = Base64UrlEncode(made->auth_data);
    to.format = std::move(made->format);
    to.attestation_statement = Base64UrlEncode(made->attestation_statement);
    to.device = std::move(made->device);
    to.transports = std::move(made->transports);
  }
  return out;
}

proto::worker::ListDevices::Out ListReply(std::vector<fido::DeviceReport> reports) {
  proto::worker::ListDevices::Out out;
  out.devices.emplace();
  for (fido::DeviceReport& report : reports) out.devices->push_back(ToMessage(std::move(report)));
  return out;
}

}  // namespace fob::worker
