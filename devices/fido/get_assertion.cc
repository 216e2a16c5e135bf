#include "devices/fido/cbor.h"
#include "devices/fido/task.h"

namespace fob::fido {

Result<Look> AssertionTask::Probe(Device& device) const {
  Look look;
  // A touch by the one credential that there is needs nothing of it.
  if (request_.user_verification || request_.credentials.size() > 1) FOB_CHECK(device.NeedInfo());
  FOB_TRY(const CredentialRef* held, FindHeld(device, request_.credentials));
  if (held != nullptr) look.held = *held;
  look.usable = held != nullptr;
  if (look.usable && request_.user_verification)
    FOB_CHECK(PlanVerification(device, request_, look));
  return look;
}

Result<Outcome> AssertionTask::Act(Device& device, const Look& look, const char* pin) const {
  const Handle<fido_assert_t> assertion(fido_assert_new());
  fido_assert_t* a = assertion.get();
  const CredentialRef& held = *look.held;
  int code = a == nullptr ? FIDO_ERR_INTERNAL : fido_assert_set_rp(a, held.rp_id.c_str());
  if (code == FIDO_OK) {
    code = fido_assert_set_clientdata_hash(a, request_.client_data_hash.data(),
                                           request_.client_data_hash.size());
  }
  // One id, so that a U2F key does not want a touch for each.
  if (code == FIDO_OK)
    code = fido_assert_allow_cred(a, held.credential_id.data(), held.credential_id.size());
  if (code == FIDO_OK && look.verification == Verification::kBuiltIn)
    code = fido_assert_set_uv(a, FIDO_OPT_TRUE);
  if (code == FIDO_OK) code = fido_dev_get_assert(device.handle(), a, pin);
  if (code != FIDO_OK) return ActFailed(device, look, request_.pin_floor, code);

  const auto auth_data =
      UnwrapByteString({fido_assert_authdata_ptr(a, 0), fido_assert_authdata_len(a, 0)});
  if (!auth_data)
    return FailureError(Failure::kKeyError, "authenticator data that is not a byte string");
  Assertion out;
  out.rp_id = held.rp_id;
  out.credential_id = CopyOut(fido_assert_id_ptr(a, 0), fido_assert_id_len(a, 0));
  if (out.credential_id.empty()) out.credential_id = held.credential_id;
  out.auth_data.assign(auth_data->begin(), auth_data->end());
  out.signature = CopyOut(fido_assert_sig_ptr(a, 0), fido_assert_sig_len(a, 0));
  if (fido_assert_user_id_len(a, 0) > 0) {
    out.user_handle = CopyOut(fido_assert_user_id_ptr(a, 0), fido_assert_user_id_len(a, 0));
  }
  out.device = device.info().name;
  return Outcome(std::move(out));
}

}  // namespace fob::fido
