#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/core/proof.h"

// A PIN or a reset of a plugged-in key in progress, as a pure state machine:
//
//   idle --begun--> looking --found-->
//   set PIN:                   asking_new <--> asking_again --> driving --> done
//   change PIN: asking_pin --> asking_new <--> asking_again --> driving (--wrong PIN--> asking_pin) --> done
//   reset:      confirming --> confirming_again --> driving --> done
//
// No device is held open while a person types.
namespace fob::core {

enum class DeviceAction { kSetPin, kChangePin, kReset };
std::string_view DeviceActionName(DeviceAction action);  // in the audit trail: "device.set_pin"
enum class DeviceStage { kIdle, kLooking, kAskingPin, kAskingNew, kAskingAgain, kConfirming, kConfirmingAgain, kDriving, kDone };

struct DeviceCeremony {
  DeviceStage stage = DeviceStage::kIdle;
  DeviceAction action = DeviceAction::kSetPin;
  int64_t pin_floor = 0;  // no PIN is asked for below
  proto::Device device;   // once found
  SecretBytes pin;        // what was typed
  SecretBytes new_pin;
  int pin_prompts = 0;
  int new_pin_prompts = 0;
};

struct DeviceFound {
  proto::Device device;
};
struct DeviceCared {};  // the key did it
using DeviceEvent = std::variant<Begun, Answered, KeySaid, KeyFailed, DeviceFound, DeviceCared, TimedOut, CallerGone>;

struct LookForDevice {};
struct DriveDevice {
  SecretBytes pin;  // empty: the key has none, or it is reset
  SecretBytes new_pin;
};
struct FinishDevice {
  std::string message;
};
struct RefuseDevice {
  Error error;
};
using DeviceEffect = std::variant<Tell, AskPerson, StopKey, LookForDevice, DriveDevice, FinishDevice, RefuseDevice>;

struct DeviceStep {
  DeviceCeremony state;
  std::vector<DeviceEffect> effects;
};

DeviceStep Step(DeviceCeremony state, DeviceEvent event);

// The one that is meant: `wanted`, or the only key. kNotFound/"no_such_device", "no_key"; kConflict/"several_keys".
Result<proto::Device> ChooseDevice(std::vector<proto::Device> devices, const std::optional<std::string>& wanted);

}  // namespace fob::core
