#include "tests/support/ceremonies/any_event.h"

#include <array>
#include <string>

#include "tests/support/ceremonies/events.h"

namespace fob::testing {
namespace {

using namespace core;

constexpr std::string_view kYubicoOtp = "cccccccccccbcccccccccccccccccccccccccccccccc";
static_assert(kYubicoOtp.size() == 44);

template <typename T, size_t kSize>
const T& OneOf(const std::array<T, kSize>& some, Choices& choices) {
  return some[static_cast<size_t>(choices.Roll(static_cast<int>(kSize)))];
}

constexpr std::array kFactors = {Factor::kKey,      Factor::kKeyUv,    Factor::kTotp,  Factor::kHotp,
                                 Factor::kRecovery, Factor::kPassword, Factor::kSshKey};

ProofEvent AnyProofEvent(Choices& choices) {
  switch (choices.Roll(15)) {
    case 0:
      return Begun{};
    case 1:
    case 2:
      return Said("123456");
    case 3:
      return Said("");
    case 4:
      return Touching();
    case 5:
      return AskingPin();
    case 6:
    case 7:
      return KeyAnswered{};
    case 8:
      return Failed(choices.OneIn(2) ? "wrong_pin" : "no_touch");
    case 9:
    case 10:
      return Found(OneOf(kFactors, choices));
    case 11:
      return choices.OneIn(2) ? FoundNothing() : FoundBad("wrong_code");
    case 12:
      return choices.OneIn(3) ? ProofEvent(TimedOut{}) : ProofEvent(Begun{});
    case 13:
      return choices.OneIn(3) ? Said(kYubicoOtp) : ProofEvent(CodeOutOfStep{});
    default:
      return choices.OneIn(3) ? ProofEvent(CallerGone{}) : ProofEvent(KeyAnswered{});
  }
}

Status AnyOutcome(Choices& choices) {
  if (choices.OneIn(2)) return Ok();
  return MakeError(Code::kDenied, choices.OneIn(2) ? "wrong_code" : "replayed_code", "no");
}

// Mostly a key that can be cared for.
proto::Device AnyDevice(Choices& choices) {
  using Device = proto::Device;
  constexpr std::array kKinds = {Device::Kind::kFido2, Device::Kind::kFido2,    Device::Kind::kFido2, Device::Kind::kFido2,
                                 Device::Kind::kU2f,   Device::Kind::kKeyboard, Device::Kind::kUnknown};
  constexpr std::array kPins = {Device::PinStatus::kSet, Device::PinStatus::kUnset, Device::PinStatus::kUnsupported};
  constexpr std::array<std::optional<int64_t>, 4> kRetries = {8, 2, 0, std::nullopt};
  Device device;
  device.device = "/dev/hidraw0";
  device.name = "Blue";
  device.kind = OneOf(kKinds, choices);
  device.pin_status = OneOf(kPins, choices);
  device.pin_retries = OneOf(kRetries, choices);
  device.pin_min_length = 4 + choices.Roll(3);
  return device;
}

// PINs that a key takes, PINs that it does not, and the words that a reset asks for.
std::string AnyWord(Choices& choices) {
  switch (choices.Roll(12)) {
    case 0:
      return "";
    case 1:
      return "123";
    case 2:
      return std::string(64, '1');
    case 3:
      return {'1', '2', '3', '4', '5', '\0'};
    case 4:
      return std::string(kYubicoOtp);
    case 5:
      return "äöü";
    case 6:
      return "reset";
    case 7:
    case 8:
      return "yes";
    case 9:
      return "12345678";
    default:
      return "567890";
  }
}

DeviceEvent AnyFailure(Choices& choices) {
  constexpr std::array kReasons = {"wrong_pin", "pin_policy", "key_vanished"};
  return KeyFailed{MakeError(Code::kDenied, OneOf(kReasons, choices), "no")};
}

DeviceEvent AnyProgress(Choices& choices) {
  using Kind = proto::Progress::Kind;
  constexpr std::array kKinds = {Kind::kTouch, Kind::kRemove, Kind::kInsert, Kind::kSlow};
  return KeySaid{{OneOf(kKinds, choices), {}, {}}};
}

// What each stage waits for.
ProofEvent NextOf(ProofStage stage, Choices& choices) {
  switch (stage) {
    case ProofStage::kIdle:
      return Begun{};
    case ProofStage::kChoosing:
      return Said(choices.OneIn(2) ? "" : "123456");
    case ProofStage::kDriving:
      return choices.OneIn(3) ? AskingPin() : ProofEvent(KeyAnswered{});
    case ProofStage::kVerifying:
      return Found(OneOf(kFactors, choices));
    default:
      return Said("123456");
  }
}

EnrolEvent NextOf(const EnrolCeremony& state, Choices& choices) {
  switch (state.stage) {
    case EnrolStage::kIdle:
    case EnrolStage::kProving:
      return NextOf(state.proof.stage, choices);
    case EnrolStage::kMaking:
      return choices.OneIn(3) ? EnrolEvent(AskingPin()) : EnrolEvent(CredentialMade{});
    case EnrolStage::kVerifying:
      return FactorVerified{Ok()};
    case EnrolStage::kCommitting:
      return Committed{Ok()};
    default:
      return Said("123456");
  }
}

DeviceEvent NextOf(DeviceStage stage, Choices& choices) {
  switch (stage) {
    case DeviceStage::kIdle:
      return Begun{};
    case DeviceStage::kLooking:
      return DeviceFound{AnyDevice(choices)};
    case DeviceStage::kConfirming:
      return Answered{SecretBytes(std::string_view("reset"))};
    case DeviceStage::kConfirmingAgain:
      return Answered{SecretBytes(std::string_view("yes"))};
    case DeviceStage::kDriving:
      return DeviceCared{};
    default:
      return Answered{SecretBytes(std::string_view("567890"))};
  }
}

}  // namespace

std::vector<FactorPath> AnyWays(Choices& choices) {
  static const std::array<FactorPath, 7> kWays = {{{Factor::kKey},
                                                   {Factor::kKeyUv},
                                                   {Factor::kTotp},
                                                   {Factor::kRecovery},
                                                   {Factor::kKey, Factor::kTotp},
                                                   {Factor::kTotp, Factor::kKeyUv},
                                                   {Factor::kHotp, Factor::kKey}}};
  std::vector<FactorPath> ways;
  for (const FactorPath& way : kWays) {
    if (choices.OneIn(3)) ways.push_back(way);
  }
  return ways;
}

ProofPlan AnyPlan(Choices& choices) {
  ProofPlan plan;
  plan.key = choices.OneIn(2);
  plan.key_uv = choices.OneIn(2);
  plan.codes.totp = choices.OneIn(2);
  plan.codes.recovery = choices.OneIn(4);
  plan.enrol_code = choices.OneIn(4);
  return plan;
}

LoginEvent AnyEvent(const LoginCeremony& state, Choices& choices) {
  if (choices.OneIn(2)) {
    if (state.stage == LoginStage::kCommitting) return Committed{Ok()};
    return NextOf(state.proof.stage, choices);
  }
  if (choices.OneIn(8)) return Committed{AnyOutcome(choices)};
  return AnyProofEvent(choices);
}

EnrolEvent AnyEvent(const EnrolCeremony& state, Choices& choices) {
  if (choices.OneIn(2)) return NextOf(state, choices);
  switch (choices.Roll(8)) {
    case 0:
      return Committed{AnyOutcome(choices)};
    case 1:
      return FactorVerified{AnyOutcome(choices)};
    case 2:
      return CredentialMade{};
    default:
      return AnyProofEvent(choices);
  }
}

DeviceEvent AnyEvent(const DeviceCeremony& state, Choices& choices) {
  if (choices.OneIn(2)) return NextOf(state.stage, choices);
  switch (choices.Roll(8)) {
    case 0:
      return Begun{};
    case 1:
      return DeviceFound{AnyDevice(choices)};
    case 2:
      return AnyProgress(choices);
    case 3:
      return AnyFailure(choices);
    case 4:
      return DeviceCared{};
    case 5:
      return choices.OneIn(2) ? DeviceEvent(TimedOut{}) : DeviceEvent(CallerGone{});
    default:
      return Answered{SecretBytes(AnyWord(choices))};
  }
}

}  // namespace fob::testing
