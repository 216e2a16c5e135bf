#include "devices/fido/task.h"

#include <algorithm>
#include <array>

#include "devices/fido/pin.h"

namespace fob::fido {
namespace {

constexpr size_t kMaxU2fCredentialId = 255;

// Silent signatures are made over this and never over a challenge.
constexpr std::array<uint8_t, 32> kNoChallenge{};

// How many ids one question may hold. A key that does not say takes one at a time.
size_t BatchSize(const Device& device) {
  return std::max<size_t>(1, fido_cbor_info_maxcredcntlst(device.cbor_info()));
}

bool FitsKey(const Device& device, const CredentialRef& credential) {
  const uint64_t longest =
      device.is_fido2() ? fido_cbor_info_maxcredidlen(device.cbor_info()) : kMaxU2fCredentialId;
  return longest == 0 || credential.credential_id.size() <= longest;
}

// The one of them that the key holds; nullptr when none.
Result<const CredentialRef*> AskKey(Device& device,
                                    const std::vector<const CredentialRef*>& batch) {
  const Handle<fido_assert_t> assertion(fido_assert_new());
  fido_assert_t* a = assertion.get();
  int code = a == nullptr ? FIDO_ERR_INTERNAL : fido_assert_set_rp(a, batch[0]->rp_id.c_str());
  if (code == FIDO_OK)
    code = fido_assert_set_clientdata_hash(a, kNoChallenge.data(), kNoChallenge.size());
  if (code == FIDO_OK) code = fido_assert_set_up(a, FIDO_OPT_FALSE);
  for (const CredentialRef* credential : batch) {
    if (code != FIDO_OK) break;
    code = fido_assert_allow_cred(a, credential->credential_id.data(),
                                  credential->credential_id.size());
  }
  if (code == FIDO_OK) code = fido_dev_get_assert(device.handle(), a, nullptr);
  if (code == FIDO_ERR_NO_CREDENTIALS || code == FIDO_ERR_INVALID_CREDENTIAL) return nullptr;
  // U2F's "yes, but touch me".
  const bool held_untouched =
      code == FIDO_ERR_USER_PRESENCE_REQUIRED || code == FIDO_ERR_UP_REQUIRED;
  if (code != FIDO_OK && !(held_untouched && batch.size() == 1)) return device.ErrorOf(code);
  const Bytes id = CopyOut(fido_assert_id_ptr(a, 0), fido_assert_id_len(a, 0));
  // CTAP lets a key leave the id out when only one was asked for.
  if (held_untouched || (id.empty() && batch.size() == 1)) return batch[0];
  for (const CredentialRef* credential : batch) {
    if (credential->credential_id == id) return credential;
  }
  return FailureError(Failure::kKeyError, "it answered for a credential that was not asked for");
}

// Tries left of built-in verification; nothing where the key does not count them (CTAP 2.0).
std::optional<int> UvRetries(Device& device) {
  int retries = 0;
  if (fido_dev_get_uv_retry_count(device.handle(), &retries) != FIDO_OK) return std::nullopt;
  return retries;
}

// What the key prefers (CTAP 2.1 clause 6.4, preferredPlatformUvAttempts), or three.
int UvAttempts(const Device& device) {
  constexpr uint64_t kUsual = 3, kMost = 5;
  const uint64_t preferred = fido_cbor_info_uv_attempts(device.cbor_info());
  return static_cast<int>(preferred == 0 ? kUsual : std::min(preferred, kMost));
}

}  // namespace

Result<const CredentialRef*> FindHeld(Device& device, const std::vector<CredentialRef>& wanted) {
  std::vector<const CredentialRef*> batch;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (FitsKey(device, wanted[i])) batch.push_back(&wanted[i]);
    const bool last = i + 1 == wanted.size();
    const bool full =
        batch.size() == BatchSize(device) || last || wanted[i + 1].rp_id != wanted[i].rp_id;
    if (batch.empty() || !full) continue;
    FOB_TRY(const CredentialRef* held, AskKey(device, batch));
    if (held != nullptr) return held;
    batch.clear();
  }
  return nullptr;
}

Status PlanVerification(Device& device, const CeremonyRequest& request, Look& look) {
  const bool pin_in_hand = request.pin.has_value();
  const bool able = !pin_in_hand && fido_dev_has_uv(device.handle());
  const std::optional<int> uv_retries = able ? UvRetries(device) : std::nullopt;
  if (able && uv_retries.value_or(1) > 0) {
    look.verification = Verification::kBuiltIn;
    look.built_in_attempts = UvAttempts(device);
    return Ok();
  }
  if (able) look.built_in = BuiltIn::kBlocked;
  if (!fido_dev_has_pin(device.handle())) {
    return FailureError(able                                     ? Failure::kUvBlocked
                        : fido_dev_supports_pin(device.handle()) ? Failure::kNoPin
                                                                 : Failure::kNoUv);
  }
  if (fido_cbor_info_new_pin_required(device.cbor_info())) return FailureError(Failure::kPinChange);
  look.verification = Verification::kPin;
  FOB_TRY(look.retries, PinRetries(device, request.pin_floor));
  return Ok();
}

Result<Outcome> ActFailed(Device& device, const Look& look, int pin_floor, int fido_code) {
  const Failure failure = device.FailureOf(fido_code);
  if (failure == Failure::kUvFailed && look.verification != Verification::kPin) {
    const std::optional<int> left = UvRetries(device);
    if (left.value_or(0) > 0 && look.built_in_attempts > 1) return Outcome(TryBuiltInAgain{*left});
    if (!fido_dev_has_pin(device.handle())) {
      return left == 0 ? FailureError(Failure::kUvBlocked) : device.ErrorOf(fido_code);
    }
    FOB_CHECK(device.NeedInfo());
    if (fido_cbor_info_new_pin_required(device.cbor_info()))
      return FailureError(Failure::kPinChange);
    FOB_TRY(const int retries, PinRetries(device, pin_floor));
    const bool tried = look.verification == Verification::kBuiltIn;
    return Outcome(FallBackToPin{retries, !tried      ? BuiltIn::kUnused
                                          : left == 0 ? BuiltIn::kBlocked
                                                      : BuiltIn::kFailed});
  }
  if (failure == Failure::kWrongPin) return WrongPin(device);
  // Only a PIN that must be changed violates a policy here (CTAP 2.1 clause 6.5.5.7.2).
  if (failure == Failure::kPinPolicy) return FailureError(Failure::kPinChange);
  return device.ErrorOf(fido_code);
}

}  // namespace fob::fido
