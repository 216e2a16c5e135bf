#include <algorithm>

#include "devices/fido/cbor.h"
#include "devices/fido/inspect.h"
#include "devices/fido/task.h"

namespace fob::fido {
namespace {

// The first algorithm that the key has; one that does not say has ES256.
std::optional<Algorithm> ChooseAlgorithm(const Device& device,
                                         const std::vector<Algorithm>& wanted) {
  const fido_cbor_info_t* info = device.cbor_info();
  const size_t count = fido_cbor_info_algorithm_count(info);
  for (const Algorithm algorithm : wanted) {
    if (count == 0 && algorithm == Algorithm::kEs256) return algorithm;
    for (size_t i = 0; i < count; ++i) {
      if (fido_cbor_info_algorithm_cose(info, i) == static_cast<int>(algorithm)) return algorithm;
    }
  }
  return std::nullopt;
}

std::vector<std::string> Transports(const Device& device) {
  const fido_cbor_info_t* info = device.cbor_info();
  char** const names = fido_cbor_info_transports_ptr(info);
  std::vector<std::string> out(names, names + fido_cbor_info_transports_len(info));
  if (out.empty()) out.push_back("usb");
  return out;
}

}  // namespace

Result<Look> CredentialTask::Probe(Device& device) const {
  Look look;
  look.usable = true;
  FOB_CHECK(device.NeedInfo());
  if (!ChooseAlgorithm(device, request_.algorithms)) {
    return FailureError(Failure::kKeyError, "it supports none of the signature algorithms");
  }
  if (request_.discoverable && !OptionOf(device, "rk").value_or(false)) {
    return FailureError(Failure::kKeyError, "it cannot keep discoverable credentials");
  }
  std::vector<CredentialRef> excluded = request_.exclude;
  std::erase_if(excluded,
                [this](const CredentialRef& entry) { return entry.rp_id != request_.rp_id; });
  FOB_TRY(const CredentialRef* held, FindHeld(device, excluded));
  if (held != nullptr) look.held = *held;

  const bool able = fido_dev_has_uv(device.handle()) || fido_dev_has_pin(device.handle());
  const bool wanted = request_.user_verification == UserVerification::kRequired ||
                      (request_.user_verification == UserVerification::kPreferred && able) ||
                      request_.pin.has_value();
  if (wanted) FOB_CHECK(PlanVerification(device, request_, look));
  return look;
}

Result<Outcome> CredentialTask::Act(Device& device, const Look& look, const char* pin) const {
  const Handle<fido_cred_t> credential(fido_cred_new());
  fido_cred_t* c = credential.get();
  const auto algorithm = ChooseAlgorithm(device, request_.algorithms);
  int code = c == nullptr || !algorithm ? FIDO_ERR_INTERNAL
                                        : fido_cred_set_type(c, static_cast<int>(*algorithm));
  if (code == FIDO_OK) code = fido_cred_set_rp(c, request_.rp_id.c_str(), request_.rp_name.c_str());
  if (code == FIDO_OK) {
    code = fido_cred_set_user(c, request_.user_handle.data(), request_.user_handle.size(),
                              request_.user_name.c_str(), request_.user_name.c_str(), nullptr);
  }
  if (code == FIDO_OK) {
    code = fido_cred_set_clientdata_hash(c, request_.client_data_hash.data(),
                                         request_.client_data_hash.size());
  }
  if (code == FIDO_OK && request_.discoverable) code = fido_cred_set_rk(c, FIDO_OPT_TRUE);
  if (code == FIDO_OK && look.verification == Verification::kBuiltIn)
    code = fido_cred_set_uv(c, FIDO_OPT_TRUE);
  // The key itself tells of the exclusion, once it was touched: not to everybody who asks.
  if (code == FIDO_OK && look.held) {
    code = fido_cred_exclude(c, look.held->credential_id.data(), look.held->credential_id.size());
  }
  if (code == FIDO_OK) code = fido_dev_make_cred(device.handle(), c, pin);
  if (code != FIDO_OK) return ActFailed(device, look, request_.pin_floor, code);

  const auto auth_data = UnwrapByteString({fido_cred_authdata_ptr(c), fido_cred_authdata_len(c)});
  if (!auth_data)
    return FailureError(Failure::kKeyError, "authenticator data that is not a byte string");
  MadeCredential out;
  out.credential_id = CopyOut(fido_cred_id_ptr(c), fido_cred_id_len(c));
  out.auth_data.assign(auth_data->begin(), auth_data->end());
  out.format = fido_cred_fmt(c);
  out.attestation_statement = CopyOut(fido_cred_attstmt_ptr(c), fido_cred_attstmt_len(c));
  if (out.format == "fido-u2f") {
    // libfido2 makes one up with a member that the format does not have.
    out.attestation_statement = U2fStatement({fido_cred_sig_ptr(c), fido_cred_sig_len(c)},
                                             {fido_cred_x5c_ptr(c), fido_cred_x5c_len(c)});
  }
  out.device = device.info().name;
  out.transports = Transports(device);
  return Outcome(std::move(out));
}

}  // namespace fob::fido
