#include "tests/support/ceremonies/device_walk.h"

#include <algorithm>
#include <utility>

#include "daemon/core/yubico_otp.h"

namespace fob::testing {

using namespace core;

namespace {

constexpr int kMaxNewPins = 3;
constexpr size_t kMaxPin = 63;  // bytes, CTAP 2.1 clause 6.5.1

}  // namespace

DeviceWalk::DeviceWalk(DeviceAction action, int64_t pin_floor) : action_(action), pin_floor_(pin_floor) {
  state_.action = action;
  state_.pin_floor = pin_floor;
}

std::string DeviceWalk::Take(DeviceEvent event) {
  const bool was_over = over_;
  Happens(event);
  DeviceStep step = Step(std::move(state_), std::move(event));
  state_ = std::move(step.state);
  for (const DeviceEffect& effect : step.effects) {
    if (over_) return "an effect follows the end";
    if (std::string wrong = Check(effect); !wrong.empty()) return wrong;
  }
  if (over_ != (state_.stage == DeviceStage::kDone)) return "it ends without a word, or goes on behind its end";
  if (was_over || over_) return "";
  if (cut_short_) return "it goes on though nobody waits for it";
  return unasked_ ? "it goes on behind an answer without a question" : "";
}

void DeviceWalk::Happens(const DeviceEvent& event) {
  stopped_ = false;
  told_ = driving_ && std::holds_alternative<KeySaid>(event);
  cared_ = driving_ && std::holds_alternative<DeviceCared>(event);
  if (cared_ || std::holds_alternative<KeyFailed>(event)) driving_ = false;
  cut_short_ = cut_short_ || std::holds_alternative<TimedOut>(event) || std::holds_alternative<CallerGone>(event);
  const auto* answer = std::get_if<Answered>(&event);
  answered_ = answer != nullptr;
  unasked_ = answered_ && !question_;
  if (answered_) {
    question_ = false;
    said_.emplace_back(answer->text.RevealText());
  }
  const auto* found = std::get_if<DeviceFound>(&event);
  if (found != nullptr && std::exchange(looking_, false)) device_ = found->device;
}

std::string DeviceWalk::Check(const DeviceEffect& effect) {
  if (std::holds_alternative<Tell>(effect)) return told_ ? "" : "something is told that no key said";
  if (std::holds_alternative<AskPerson>(effect)) return CheckQuestion();
  if (const auto* drive = std::get_if<DriveDevice>(&effect)) {
    std::string wrong = CheckDrive(*drive);
    driving_ = true;
    return wrong;
  }
  if (std::holds_alternative<LookForDevice>(effect)) {
    return std::exchange(looking_, true) || device_.has_value() ? "the keys are looked at twice" : "";
  }
  if (std::holds_alternative<StopKey>(effect)) {
    stopped_ = true;
    return "";
  }
  over_ = true;
  const auto* refusal = std::get_if<RefuseDevice>(&effect);
  finished_ = refusal == nullptr;
  if (!stopped_) return "the worker of a key is left behind";
  if (refusal != nullptr) return refusal->error.reason.empty() ? "it is refused without a reason" : "";
  if (!cared_) return "it is finished though no key did it";
  return state_.pin.empty() && state_.new_pin.empty() ? "" : "PINs are kept behind the end";
}

std::string DeviceWalk::CheckQuestion() {
  if (!Able()) return "something is asked for a key that cannot do it";
  if (driving_) return "something is asked while a key is driven";
  if (std::exchange(question_, true)) return "two questions are open";
  if (state_.stage == DeviceStage::kAskingPin && ++pins_ > kMaxPinPrompts) return "the PIN is asked for a fourth time";
  if (state_.stage == DeviceStage::kAskingNew && ++new_pins_ > kMaxNewPins) return "a new PIN is asked for a fourth time";
  return "";
}

std::string DeviceWalk::CheckDrive(const DriveDevice& drive) const {
  if (driving_) return "a key is driven twice at a time";
  if (!Able()) return "a key is driven that cannot do it";
  if (!answered_ || question_) return "a key is driven without a word of a person";
  return Confirmed(drive.pin.RevealText(), drive.new_pin.RevealText()) ? "" : "a key is given what nobody confirmed";
}

bool DeviceWalk::Able() const {
  using Device = proto::Device;
  if (!device_.has_value() || device_->kind != Device::Kind::kFido2) return false;
  switch (action_) {
    case DeviceAction::kSetPin:
      return device_->pin_status == Device::PinStatus::kUnset;
    case DeviceAction::kChangePin:
      return device_->pin_status == Device::PinStatus::kSet && device_->pin_retries != 0 &&
             device_->pin_retries.value_or(pin_floor_) >= pin_floor_;
    case DeviceAction::kReset:
      break;
  }
  return true;
}

bool DeviceWalk::Takes(std::string_view new_pin) const {
  const auto characters = std::ranges::count_if(new_pin, [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; });
  return characters >= device_->pin_min_length && new_pin.size() <= kMaxPin && new_pin.find('\0') == new_pin.npos &&
         !IsYubicoOtp(SecretBytes(new_pin));
}

bool DeviceWalk::Confirmed(std::string_view pin, std::string_view new_pin) const {
  if (action_ == DeviceAction::kReset) {
    return pin.empty() && new_pin.empty() && said_ == std::vector<std::string>{"reset", "yes"};
  }
  const auto twice = std::ranges::adjacent_find(said_, [&](const auto& a, const auto& b) { return a == new_pin && b == new_pin; });
  if (twice == said_.end() || !Takes(new_pin)) return false;
  if (action_ == DeviceAction::kSetPin) return pin.empty() && said_.back() == new_pin;
  return !pin.empty() && std::ranges::find(said_, pin) != said_.end() && (said_.back() == new_pin || said_.back() == pin);
}

}  // namespace fob::testing
