#include "tests/support/virtual_key/ctap2.h"

namespace fob::testing {
namespace {

enum Command : uint8_t {
  kMakeCredential = 0x01,
  kGetAssertion = 0x02,
  kGetInfo = 0x04,
  kClientPin = 0x06,
  kReset = 0x07,
  kGetNextAssertion = 0x08,
  kSelection = 0x0b,
};

// Runs a handler to its answer; a CtapFailure becomes its status.
template <typename F>
auto Guarded(F&& handler) -> decltype(handler()) {
  try {
    return handler();
  } catch (const CtapFailure& failure) {
    return StatusOnly(failure.status());
  }
}

}  // namespace

void Ctap2::PowerUp(int64_t now_ms) {
  pin_.PowerUp();
  pending_.reset();
  powered_up_ms_ = now_ms;
}

Outcome Ctap2::Handle(ByteView request, int64_t now_ms) {
  if (request.empty()) return StatusOnly(CtapStatus::kInvalidLength);
  const uint8_t command = request[0];
  // Clause 6.3: any other command forgets the assertions that are left.
  if (command != kGetNextAssertion) pending_.reset();
  Outcome outcome =
      Guarded([&]() -> Outcome { return Dispatch(command, request.subspan(1), now_ms); });
  if (NeedTouch* wait = std::get_if<NeedTouch>(&outcome)) {
    return NeedTouch{[inner = std::move(wait->when_touched)]() -> Bytes { return Guarded(inner); }};
  }
  return outcome;
}

Outcome Ctap2::Dispatch(uint8_t command, ByteView body, int64_t now_ms) {
  switch (command) {
    case kMakeCredential:
      return MakeCredential(Parameters(body), now_ms);
    case kGetAssertion:
      return GetAssertion(Parameters(body), now_ms);
    case kGetInfo:
      return GetInfo();
    case kClientPin:
      if (key_.options.pin_protocols.empty()) break;
      return pin_.Handle(Parameters(body), now_ms);
    case kReset:
      return Reset(now_ms);
    case kGetNextAssertion:
      return GetNextAssertion(now_ms);
    case kSelection:
      if (key_.options.version != CtapVersion::kCtap21) break;
      return Selection();
    default:
      break;
  }
  Fail(CtapStatus::kInvalidCommand);
}

Outcome Ctap2::GetInfo() const {
  const Options& options = key_.options;
  const bool ctap21 = options.version == CtapVersion::kCtap21;
  CborValue::Array versions;
  if (options.u2f) versions.push_back("U2F_V2");
  versions.push_back("FIDO_2_0");
  if (ctap21) versions.push_back("FIDO_2_1");

  CborValue::Map flags{{"rk", options.rk_capacity > 0}, {"up", true}, {"plat", false}};
  if (options.built_in_uv) flags.push_back({"uv", true});
  if (!options.pin_protocols.empty()) flags.push_back({"clientPin", pin_.pin_set()});
  if (ctap21) {
    flags.push_back({"pinUvAuthToken", !options.pin_protocols.empty()});
    flags.push_back({"makeCredUvNotRqd", options.make_cred_uv_not_rqd});
    if (options.no_mc_ga_permissions_with_client_pin) {
      flags.push_back({"noMcGaPermissionsWithClientPin", true});
    }
  }

  CborValue::Map info{{1, versions},
                      {2, CborValue::Array{"credProtect"}},
                      {3, Bytes(options.aaguid.begin(), options.aaguid.end())},
                      {4, flags},
                      {5, 2048}};
  if (!options.pin_protocols.empty()) {
    info.push_back(
        {6, CborValue::Array(options.pin_protocols.begin(), options.pin_protocols.end())});
  }
  if (ctap21) {
    CborValue::Array algorithms;
    for (const int algorithm : options.algorithms) {
      algorithms.push_back(CborValue::Map{{"alg", algorithm}, {"type", "public-key"}});
    }
    info.push_back({7, 16});
    info.push_back({8, 128});
    info.push_back({9, CborValue::Array{"usb"}});
    info.push_back({10, algorithms});
    if (key_.store.state().pin_change_forced) info.push_back({12, true});
    info.push_back({13, static_cast<int64_t>(options.min_pin_length)});
    info.push_back({14, 1});
    const size_t used = key_.store.state().DiscoverableCount();
    info.push_back(
        {20, static_cast<int64_t>(options.rk_capacity - std::min(used, options.rk_capacity))});
  }
  return Success(std::move(info));
}

Outcome Ctap2::Reset(int64_t now_ms) {
  // Clause 6.6: only within ten seconds of power-up.
  if (now_ms - powered_up_ms_ > 10'000) return StatusOnly(CtapStatus::kNotAllowed);
  return NeedTouch{[this] {
    KeyState& state = key_.store.Mutable();
    state.credentials.clear();
    state.pin_hash.clear();
    state.pin_change_forced = false;
    state.pin_retries = kMaxPinRetries;
    state.uv_retries = kMaxUvRetries;
    key_.store.Commit();
    pin_.PowerUp();
    return StatusOnly(CtapStatus::kOk);
  }};
}

Outcome Ctap2::Selection() const {
  return NeedTouch{[] { return StatusOnly(CtapStatus::kOk); }};
}

bool Ctap2::FinishVerification(const Authorisation& authorisation) {
  if (!authorisation.verify_at_touch) return authorisation.verified;
  try {
    pin_.VerifyUser();
  } catch (const CtapFailure&) {
    // The platform is to fall back to the PIN where there is one.
    Fail(pin_.pin_set() ? CtapStatus::kPuatRequired : CtapStatus::kOperationDenied);
  }
  return true;
}

}  // namespace fob::testing
