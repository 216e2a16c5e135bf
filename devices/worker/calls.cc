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
                 kMaxCredentials = 64;
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

template <typename In>
Status FillCommon(In& in, fido::CeremonyRequest& out) {
  FOB_TRY(out.client_data_hash,
          BytesOf("client_data_hash", in.client_data_hash, kHashSize, kHashSize));
  if (in.pin_floor < 0 || in.pin_floor > kMaxPinFloor) return Bad("pin_floor", "out of range");
  if (in.timeout_ms < 1 || in.timeout_ms > kMaxTimeoutMs) return Bad("timeout_ms", "out of range");
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

}  // namespace

Result<WorkerCall> ParseCall(std::string_view message) {
  FOB_TRY(const proto::Call call, proto::ParseCall(message));
  const bool assertion = call.method == proto::worker::GetAssertion::kName;
  if (!assertion && call.method != proto::worker::MakeCredential::kName) {
    return MakeError(Code::kInvalidArgument, "unknown_method", call.method);
  }
  if (!call.more)
    return MakeError(Code::kInvalidArgument, "expected_more", "a call without \"more\"");
  return assertion ? Read<proto::worker::GetAssertion>(call)
                   : Read<proto::worker::MakeCredential>(call);
}

proto::Progress ToMessage(const fido::Progress& progress) {
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

}  // namespace fob::worker
