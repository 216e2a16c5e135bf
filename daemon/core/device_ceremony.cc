#include "daemon/core/device_ceremony.h"

#include <algorithm>
#include <utility>

#include "daemon/core/wrong_pin.h"
#include "daemon/core/yubico_otp.h"

namespace fob::core {
namespace {

using Kind = proto::Device::Kind;
using PinStatus = proto::Device::PinStatus;

constexpr size_t kMaxPin = 63;  // bytes, CTAP 2.1 clause 6.5.1

template <typename... Effects>
DeviceStep To(DeviceCeremony state, DeviceStage stage, Effects... effects) {
  state.stage = stage;
  DeviceStep step{std::move(state), {}};
  (step.effects.emplace_back(std::move(effects)), ...);
  return step;
}

DeviceStep Stay(DeviceCeremony state) { return {std::move(state), {}}; }

DeviceStep Refuse(DeviceCeremony state, Error error) {
  return To(std::move(state), DeviceStage::kDone, StopKey{}, RefuseDevice{std::move(error)});
}

std::string Quoted(const DeviceCeremony& state) { return "\"" + state.device.name + "\""; }

DeviceStep Ask(DeviceCeremony state, DeviceStage stage, proto::Ask::Kind kind, std::string prompt) {
  const bool echo = kind == proto::Ask::Kind::kChoice;
  return To(std::move(state), stage, AskPerson{{kind, std::move(prompt), echo}});
}

DeviceStep AskPin(DeviceCeremony state, const std::string& lead) {
  ++state.pin_prompts;
  std::string prompt = lead + "PIN that " + Quoted(state) + " has now: ";
  return Ask(std::move(state), DeviceStage::kAskingPin, proto::Ask::Kind::kPin, std::move(prompt));
}

std::string Left(int64_t retries) {
  return "(" + std::to_string(retries) + (retries == 1 ? " try" : " tries") + " left) ";
}

DeviceStep AskNew(DeviceCeremony state, const std::string& lead) {
  ++state.new_pin_prompts;
  std::string prompt = lead + "New PIN of " + Quoted(state) + ", at least " +
                       std::to_string(state.device.pin_min_length) + " characters: ";
  return Ask(std::move(state), DeviceStage::kAskingNew, proto::Ask::Kind::kPin, std::move(prompt));
}

DeviceStep Confirm(DeviceCeremony state) {
  std::string prompt = "A reset of " + Quoted(state) +
                       " deletes its PIN and every credential on it, those of other hosts and sites too. "
                       "Type reset to go on: ";
  return Ask(std::move(state), DeviceStage::kConfirming, proto::Ask::Kind::kChoice, std::move(prompt));
}

DeviceStep Drive(DeviceCeremony state) {
  DriveDevice drive{state.pin.Clone(), state.new_pin.Clone()};
  return To(std::move(state), DeviceStage::kDriving, std::move(drive));
}

// Why the key cannot do what is wanted of it.
std::optional<Error> Obstacle(const DeviceCeremony& state) {
  const proto::Device& device = state.device;
  const auto no = [](std::string_view reason, std::string text) {
    return MakeError(Code::kConflict, reason, std::move(text));
  };
  if (device.kind == Kind::kKeyboard) {
    return no("types_codes", "this token types its codes as a keyboard does, and has neither a PIN nor a reset that fob knows");
  }
  if (device.kind == Kind::kU2f) return no("u2f_only", "this key knows U2F only, and has neither a PIN nor a reset");
  if (device.kind == Kind::kUnknown) {
    return MakeError(Code::kUnavailable, device.problem.value_or("key_error"), "the key cannot be asked: " + device.problem.value_or("key_error"));
  }
  if (state.action == DeviceAction::kReset) return std::nullopt;
  switch (device.pin_status) {
    case PinStatus::kUnsupported:
      return no("takes_no_pin", "this key takes no PIN");
    case PinStatus::kSet:
      if (state.action == DeviceAction::kSetPin) return no("pin_set", "the key has a PIN already: run fobctl key pin change");
      if (device.pin_retries == 0) return MakeError(Code::kDenied, "pin_blocked", "the key's PIN is blocked: the key must be reset");
      if (device.pin_retries.value_or(state.pin_floor) < state.pin_floor) {
        return MakeError(Code::kDenied, "pin_floor", "too few PIN tries are left on this key to risk one: " + std::to_string(*device.pin_retries) + " left");
      }
      break;
    case PinStatus::kUnset:
      if (state.action == DeviceAction::kChangePin) return no("no_pin", "the key has no PIN yet: run fobctl key pin set");
      break;
  }
  return std::nullopt;
}

DeviceStep OnFound(DeviceCeremony state, proto::Device device) {
  state.device = std::move(device);
  if (auto obstacle = Obstacle(state)) return Refuse(std::move(state), *std::move(obstacle));
  switch (state.action) {
    case DeviceAction::kReset:
      return Confirm(std::move(state));
    case DeviceAction::kSetPin:
      return AskNew(std::move(state), "");
    case DeviceAction::kChangePin:
      break;
  }
  const std::string lead = state.device.pin_retries.has_value() ? Left(*state.device.pin_retries) : "";
  return AskPin(std::move(state), lead);
}

// Empty: good. A key would refuse it, and has to be asked for nothing.
std::string WhyBad(const DeviceCeremony& state, const SecretBytes& pin) {
  const ByteView bytes = pin.Reveal();
  const auto points = std::ranges::count_if(bytes, [](uint8_t byte) { return (byte >> 6) != 2; });
  if (std::ranges::find(bytes, 0) != bytes.end()) return "A PIN has no zero byte. ";
  if (points < state.device.pin_min_length) return "That is too short. ";
  if (bytes.size() > kMaxPin) return "That is too long. ";
  return "";
}

DeviceStep AskNewAgain(DeviceCeremony state, const std::string& lead, std::string_view reason) {
  if (state.new_pin_prompts < kMaxPinPrompts) return AskNew(std::move(state), lead);
  return Refuse(std::move(state), MakeError(Code::kInvalidArgument, reason, "no new PIN was given that could be set"));
}

DeviceStep OnAnswer(DeviceCeremony state, SecretBytes answer) {
  const bool asked = state.stage > DeviceStage::kLooking && state.stage < DeviceStage::kDriving;
  if (asked && IsYubicoOtp(answer)) return Refuse(std::move(state), YubicoOtpTyped());
  switch (state.stage) {
    case DeviceStage::kAskingPin:
      if (answer.empty()) return Refuse(std::move(state), MakeError(Code::kDenied, "no_pin_given", "no PIN was given"));
      state.pin = std::move(answer);
      // After a wrong one, the new PIN is at hand already.
      return state.new_pin.empty() ? AskNew(std::move(state), "") : Drive(std::move(state));
    case DeviceStage::kAskingNew: {
      if (const std::string bad = WhyBad(state, answer); !bad.empty()) return AskNewAgain(std::move(state), bad, "bad_new_pin");
      state.new_pin = std::move(answer);
      return Ask(std::move(state), DeviceStage::kAskingAgain, proto::Ask::Kind::kPin, "The new PIN once more: ");
    }
    case DeviceStage::kAskingAgain:
      if (answer == state.new_pin) return Drive(std::move(state));
      state.new_pin = SecretBytes();
      return AskNewAgain(std::move(state), "They differ. ", "pins_differ");
    case DeviceStage::kConfirming:
    case DeviceStage::kConfirmingAgain: {
      const bool first = state.stage == DeviceStage::kConfirming;
      if (answer.RevealText() != (first ? "reset" : "yes")) {
        return Refuse(std::move(state), MakeError(Code::kCancelled, "not_confirmed", "nothing was reset"));
      }
      if (!first) return Drive(std::move(state));
      std::string prompt = "Nothing brings them back. Type yes to delete everything on " + Quoted(state) + ": ";
      return Ask(std::move(state), DeviceStage::kConfirmingAgain, proto::Ask::Kind::kChoice, std::move(prompt));
    }
    default:
      return Refuse(std::move(state), MakeError(Code::kInvalidArgument, "no_question", "an answer without a question"));
  }
}

DeviceStep OnFailure(DeviceCeremony state, Error error) {
  // A key that says so of what it was not given is believed nothing.
  const bool driving = state.stage == DeviceStage::kDriving;
  if (driving && !state.pin.empty() && IsWrongPin(error) && state.pin_prompts < kMaxPinPrompts) {
    return AskPin(std::move(state), error.text + ". ");
  }
  if (driving && !state.new_pin.empty() && error.reason == "pin_policy") {
    state.new_pin = SecretBytes();
    return AskNewAgain(std::move(state), "The key does not take this PIN. ", "pin_policy");
  }
  return Refuse(std::move(state), std::move(error));
}

proto::Info InfoFor(const DeviceCeremony& state, const proto::Progress& progress) {
  using Progress = proto::Progress::Kind;
  using Info = proto::Info::Kind;
  if (state.action == DeviceAction::kReset) {
    if (progress.kind == Progress::kRemove) return {Info::kInsert, "Unplug " + Quoted(state) + "."};
    if (progress.kind == Progress::kInsert) return {Info::kInsert, "Plug " + Quoted(state) + " in again."};
    if (progress.kind == Progress::kTouch) {
      return {Info::kTouch, "Touch " + Quoted(state) + " now, to delete everything on it (within ten seconds)."};
    }
  }
  return core::InfoFor(progress, {});
}

std::string DoneMessage(const DeviceCeremony& state) {
  switch (state.action) {
    case DeviceAction::kSetPin:
      return Quoted(state) + " has a PIN now.";
    case DeviceAction::kChangePin:
      return "The PIN of " + Quoted(state) + " is changed.";
    case DeviceAction::kReset:
      break;
  }
  return Quoted(state) + " is as new: enrol it again wherever it was enrolled.";
}

}  // namespace

std::string_view DeviceActionName(DeviceAction action) {
  switch (action) {
    case DeviceAction::kSetPin: return "device.set_pin";
    case DeviceAction::kChangePin: return "device.change_pin";
    case DeviceAction::kReset: break;
  }
  return "device.reset";
}

DeviceStep Step(DeviceCeremony state, DeviceEvent event) {
  if (state.stage == DeviceStage::kDone) return Stay(std::move(state));
  if (std::holds_alternative<TimedOut>(event)) return Refuse(std::move(state), TookTooLong());
  if (std::holds_alternative<CallerGone>(event)) return Refuse(std::move(state), CallerWentAway());
  if (auto* failed = std::get_if<KeyFailed>(&event)) return OnFailure(std::move(state), std::move(failed->error));
  if (auto* answer = std::get_if<Answered>(&event)) return OnAnswer(std::move(state), std::move(answer->text));
  const DeviceStage stage = state.stage;
  if (stage == DeviceStage::kIdle && std::holds_alternative<Begun>(event)) {
    return To(std::move(state), DeviceStage::kLooking, LookForDevice{});
  }
  if (auto* found = std::get_if<DeviceFound>(&event); found != nullptr && stage == DeviceStage::kLooking) {
    return OnFound(std::move(state), std::move(found->device));
  }
  if (stage != DeviceStage::kDriving) return Stay(std::move(state));
  if (auto* said = std::get_if<KeySaid>(&event)) {
    Tell tell{InfoFor(state, said->progress)};
    return To(std::move(state), stage, std::move(tell));
  }
  if (!std::holds_alternative<DeviceCared>(event)) return Stay(std::move(state));
  FinishDevice finish{DoneMessage(state)};
  state.pin = SecretBytes();
  state.new_pin = SecretBytes();
  return To(std::move(state), DeviceStage::kDone, StopKey{}, std::move(finish));
}

Result<proto::Device> ChooseDevice(std::vector<proto::Device> devices, const std::optional<std::string>& wanted) {
  if (wanted.has_value()) {
    const auto named = std::ranges::find(devices, *wanted, &proto::Device::device);
    if (named != devices.end()) return std::move(*named);
    return MakeError(Code::kNotFound, "no_such_device", "no such device is plugged in: fobctl key devices lists them");
  }
  std::erase_if(devices, [](const proto::Device& device) { return device.kind == Kind::kKeyboard; });
  if (devices.empty()) return MakeError(Code::kNotFound, "no_key", "no security key is plugged in");
  if (devices.size() > 1) {
    return MakeError(Code::kConflict, "several_keys", "several keys are plugged in: unplug the others, or name one with --device (fobctl key devices lists them)");
  }
  return std::move(devices.front());
}

}  // namespace fob::core
