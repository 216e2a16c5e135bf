// Every pair of (stage, event) of a PIN or reset of a plugged-in key, for every action.

#include <gtest/gtest.h>

#include "daemon/core/device_ceremony.h"
#include "tests/unit/core/ceremony_text.h"
#include "tests/unit/core/event_table.h"

namespace fob::core {
namespace {

using proto::Device;

constexpr std::array kActions = {DeviceAction::kSetPin, DeviceAction::kChangePin,
                                 DeviceAction::kReset};
static_assert(kActions.size() == static_cast<size_t>(DeviceAction::kReset) + 1);

constexpr std::array kStages = {
    DeviceStage::kIdle,       DeviceStage::kLooking,         DeviceStage::kAskingPin,
    DeviceStage::kAskingNew,  DeviceStage::kAskingAgain,     DeviceStage::kConfirming,
    DeviceStage::kConfirmingAgain, DeviceStage::kDriving,    DeviceStage::kDone};
static_assert(kStages.size() == static_cast<size_t>(DeviceStage::kDone) + 1);

std::string Text(DeviceStage stage) {
  switch (stage) {
    case DeviceStage::kIdle: return "idle";
    case DeviceStage::kLooking: return "looking";
    case DeviceStage::kAskingPin: return "asking_pin";
    case DeviceStage::kAskingNew: return "asking_new";
    case DeviceStage::kAskingAgain: return "asking_again";
    case DeviceStage::kConfirming: return "confirming";
    case DeviceStage::kConfirmingAgain: return "confirming_again";
    case DeviceStage::kDriving: return "driving";
    case DeviceStage::kDone: break;
  }
  return "done";
}

std::string Text(const DeviceEffect& effect) {
  struct Name {
    std::string operator()(const Tell& tell) { return "tell/" + std::string(proto::Name(tell.info.kind)); }
    std::string operator()(const AskPerson& ask) { return "ask/" + std::string(proto::Name(ask.ask.kind)); }
    std::string operator()(const StopKey&) { return "stop"; }
    std::string operator()(const LookForDevice&) { return "look"; }
    std::string operator()(const DriveDevice& drive) {
      return std::string("drive") + (drive.pin.empty() ? "" : "/pin") + (drive.new_pin.empty() ? "" : "/new");
    }
    std::string operator()(const FinishDevice&) { return "finish"; }
    std::string operator()(const RefuseDevice& refusal) { return "refuse(" + refusal.error.reason + ")"; }
  };
  return std::visit(Name{}, effect);
}

std::string Text(DeviceStage before, const DeviceStep& step) {
  if (step.state.stage == before && step.effects.empty()) return "=";
  std::string out = Text(step.state.stage);
  for (const DeviceEffect& effect : step.effects) out += " +" + Text(effect);
  return out;
}

Device KeyFor(DeviceAction action) {
  Device device;
  device.device = "/dev/hidraw0";
  device.name = "Blue";
  device.kind = Device::Kind::kFido2;
  device.pin_status = action == DeviceAction::kSetPin ? Device::PinStatus::kUnset : Device::PinStatus::kSet;
  if (action != DeviceAction::kSetPin) device.pin_retries = 8;
  device.pin_min_length = 4;
  return device;
}

// As it stands in this stage, before the third question for a PIN.
DeviceCeremony At(DeviceStage stage, DeviceAction action, int prompts) {
  DeviceCeremony state;
  state.stage = stage;
  state.action = action;
  state.pin_floor = 3;
  state.pin_prompts = state.new_pin_prompts = prompts;
  if (stage > DeviceStage::kLooking) state.device = KeyFor(action);
  const bool has_pin = action == DeviceAction::kChangePin && stage > DeviceStage::kAskingPin;
  if (has_pin) state.pin = SecretBytes(std::string_view("1234"));
  const bool has_new = action != DeviceAction::kReset && stage > DeviceStage::kAskingNew;
  if (has_new) state.new_pin = SecretBytes(std::string_view("567890"));
  return state;
}

DeviceEvent Said(std::string_view text) { return Answered{SecretBytes(text)}; }
DeviceEvent Failed(std::string_view reason) {
  return KeyFailed{MakeError(Code::kDenied, reason, "no: " + std::string(reason))};
}
DeviceEvent Progress(proto::Progress::Kind kind) { return KeySaid{{kind, {}, {}}}; }

struct Row {
  const char* event;
  size_t alternative;
  DeviceEvent (*make)(DeviceAction);
  int prompts;
  // A cell may tell the three actions apart: "set | change | reset".
  std::array<const char*, kStages.size()> cells;
};
template <typename T>
constexpr size_t kEvent = kAlternative<T, DeviceEvent>;

// clang-format off
constexpr const char* kNoQuestion = "done +stop +refuse(no_question)";
constexpr const char* kTimedOut = "done +stop +refuse(timed_out)";
constexpr const char* kGone = "done +stop +refuse(caller_gone)";
constexpr const char* kUnsure = "done +stop +refuse(not_confirmed)";
constexpr Row kRows[] = {
  // idle, looking, asking_pin, asking_new, asking_again, confirming, confirming_again, driving, done
  {"begun", kEvent<Begun>, [](DeviceAction) { return DeviceEvent(Begun{}); }, 1,
   {"looking +look", "=", "=", "=", "=", "=", "=", "=", "="}},
  {"found", kEvent<DeviceFound>, [](DeviceAction action) { return DeviceEvent(DeviceFound{KeyFor(action)}); }, 0,
   {"=", "asking_new +ask/pin | asking_pin +ask/pin | confirming +ask/choice", "=", "=", "=", "=", "=", "=", "="}},
  {"answered well", kEvent<Answered>, [](DeviceAction) { return Said("567890"); }, 1,
   {kNoQuestion, kNoQuestion, "asking_new +ask/pin", "asking_again +ask/pin",
    "driving +drive/new | driving +drive/pin/new | asking_new +ask/pin", kUnsure, kUnsure, kNoQuestion, "="}},
  {"answered nothing", kEvent<Answered>, [](DeviceAction) { return Said(""); }, 1,
   {kNoQuestion, kNoQuestion, "done +stop +refuse(no_pin_given)", "asking_new +ask/pin",
    "asking_new +ask/pin | asking_new +ask/pin | driving +drive", kUnsure, kUnsure, kNoQuestion, "="}},
  {"too short", kEvent<Answered>, [](DeviceAction) { return Said("123"); }, 1,
   {kNoQuestion, kNoQuestion, "asking_new +ask/pin", "asking_new +ask/pin", "asking_new +ask/pin", kUnsure, kUnsure, kNoQuestion, "="}},
  {"too short, 3rd", kEvent<Answered>, [](DeviceAction) { return Said("123"); }, 3,
   {kNoQuestion, kNoQuestion, "asking_new +ask/pin", "done +stop +refuse(bad_new_pin)", "done +stop +refuse(pins_differ)",
    kUnsure, kUnsure, kNoQuestion, "="}},
  {"reset", kEvent<Answered>, [](DeviceAction) { return Said("reset"); }, 1,
   {kNoQuestion, kNoQuestion, "asking_new +ask/pin", "asking_again +ask/pin", "asking_new +ask/pin",
    "confirming_again +ask/choice", kUnsure, kNoQuestion, "="}},
  {"yes", kEvent<Answered>, [](DeviceAction) { return Said("yes"); }, 1,
   {kNoQuestion, kNoQuestion, "asking_new +ask/pin", "asking_new +ask/pin", "asking_new +ask/pin", kUnsure,
    "driving +drive/new | driving +drive/pin/new | driving +drive", kNoQuestion, "="}},
  {"touch", kEvent<KeySaid>, [](DeviceAction) { return Progress(proto::Progress::Kind::kTouch); }, 1,
   {"=", "=", "=", "=", "=", "=", "=", "driving +tell/touch", "="}},
  {"remove", kEvent<KeySaid>, [](DeviceAction) { return Progress(proto::Progress::Kind::kRemove); }, 1,
   {"=", "=", "=", "=", "=", "=", "=", "driving +tell/insert", "="}},
  {"key failed", kEvent<KeyFailed>, [](DeviceAction) { return Failed("key_vanished"); }, 1,
   {"done +stop +refuse(key_vanished)", "done +stop +refuse(key_vanished)", "done +stop +refuse(key_vanished)",
    "done +stop +refuse(key_vanished)", "done +stop +refuse(key_vanished)", "done +stop +refuse(key_vanished)",
    "done +stop +refuse(key_vanished)", "done +stop +refuse(key_vanished)", "="}},
  {"wrong pin", kEvent<KeyFailed>, [](DeviceAction) { return Failed("wrong_pin"); }, 2,
   {"done +stop +refuse(wrong_pin)", "done +stop +refuse(wrong_pin)", "done +stop +refuse(wrong_pin)",
    "done +stop +refuse(wrong_pin)", "done +stop +refuse(wrong_pin)", "done +stop +refuse(wrong_pin)",
    "done +stop +refuse(wrong_pin)",
    "done +stop +refuse(wrong_pin) | asking_pin +ask/pin | done +stop +refuse(wrong_pin)", "="}},
  {"wrong pin, 3rd", kEvent<KeyFailed>, [](DeviceAction) { return Failed("wrong_pin"); }, 3,
   {"done +stop +refuse(wrong_pin)", "done +stop +refuse(wrong_pin)", "done +stop +refuse(wrong_pin)",
    "done +stop +refuse(wrong_pin)", "done +stop +refuse(wrong_pin)", "done +stop +refuse(wrong_pin)",
    "done +stop +refuse(wrong_pin)", "done +stop +refuse(wrong_pin)", "="}},
  {"pin policy", kEvent<KeyFailed>, [](DeviceAction) { return Failed("pin_policy"); }, 2,
   {"done +stop +refuse(pin_policy)", "done +stop +refuse(pin_policy)", "done +stop +refuse(pin_policy)",
    "done +stop +refuse(pin_policy)", "done +stop +refuse(pin_policy)", "done +stop +refuse(pin_policy)",
    "done +stop +refuse(pin_policy)",
    "asking_new +ask/pin | asking_new +ask/pin | done +stop +refuse(pin_policy)", "="}},
  {"cared", kEvent<DeviceCared>, [](DeviceAction) { return DeviceEvent(DeviceCared{}); }, 1,
   {"=", "=", "=", "=", "=", "=", "=", "done +stop +finish", "="}},
  {"timed out", kEvent<TimedOut>, [](DeviceAction) { return DeviceEvent(TimedOut{}); }, 1,
   {kTimedOut, kTimedOut, kTimedOut, kTimedOut, kTimedOut, kTimedOut, kTimedOut, kTimedOut, "="}},
  {"caller gone", kEvent<CallerGone>, [](DeviceAction) { return DeviceEvent(CallerGone{}); }, 1,
   {kGone, kGone, kGone, kGone, kGone, kGone, kGone, kGone, "="}},
};
// clang-format on
static_assert(Complete<DeviceEvent>(kRows));

std::string CellOf(std::string_view cell, size_t action) {
  for (size_t bar; action > 0 && (bar = cell.find(" | ")) != cell.npos; --action) cell.remove_prefix(bar + 3);
  return std::string(cell.substr(0, cell.find(" | ")));
}

TEST(DeviceCeremonyTable, EveryPair) {
  for (const Row& row : kRows) {
    for (size_t column = 0; column < kStages.size(); ++column) {
      for (size_t action = 0; action < kActions.size(); ++action) {
        const DeviceStage stage = kStages[column];
        const DeviceStep step =
            Step(At(stage, kActions[action], row.prompts), row.make(kActions[action]));
        EXPECT_EQ(CellOf(row.cells[column], action), Text(stage, step))
            << row.event << " while " << Text(stage) << ", action " << action;
      }
    }
  }
}

// What a key is not asked for.
TEST(DeviceCeremony, ObstaclesAreToldBeforeAnybodyTypes) {
  struct Case {
    DeviceAction action;
    void (*change)(Device&);
    const char* reason;
  };
  const Case cases[] = {
      {DeviceAction::kSetPin, [](Device& d) { d.pin_status = Device::PinStatus::kSet; }, "pin_set"},
      {DeviceAction::kSetPin, [](Device& d) { d.pin_status = Device::PinStatus::kUnsupported; }, "takes_no_pin"},
      {DeviceAction::kSetPin, [](Device& d) { d.kind = Device::Kind::kU2f; }, "u2f_only"},
      {DeviceAction::kReset, [](Device& d) { d.kind = Device::Kind::kU2f; }, "u2f_only"},
      {DeviceAction::kReset, [](Device& d) { d.kind = Device::Kind::kKeyboard; }, "types_codes"},
      {DeviceAction::kReset,
       [](Device& d) {
         d.kind = Device::Kind::kUnknown;
         d.problem = "key_silent";
       },
       "key_silent"},
      {DeviceAction::kChangePin, [](Device& d) { d.pin_status = Device::PinStatus::kUnset; }, "no_pin"},
      {DeviceAction::kChangePin, [](Device& d) { d.pin_retries = 0; }, "pin_blocked"},
      {DeviceAction::kChangePin, [](Device& d) { d.pin_retries = 2; }, "pin_floor"},
  };
  for (const Case& one : cases) {
    Device device = KeyFor(one.action);
    one.change(device);
    const DeviceStep step = Step(At(DeviceStage::kLooking, one.action, 0), DeviceFound{device});
    EXPECT_EQ("done +stop +refuse(" + std::string(one.reason) + ")", Text(DeviceStage::kLooking, step));
  }
}

// Bytes are for the key's limit, characters for the person's.
TEST(DeviceCeremony, ANewPinIsCountedInCharacters) {
  const auto stage_after = [](std::string_view pin) {
    return Step(At(DeviceStage::kAskingNew, DeviceAction::kSetPin, 1), Said(pin)).state.stage;
  };
  EXPECT_EQ(DeviceStage::kAskingNew, stage_after("äöü")) << "six bytes, three characters";
  EXPECT_EQ(DeviceStage::kAskingAgain, stage_after("äöüß"));
  EXPECT_EQ(DeviceStage::kAskingAgain, stage_after(std::string(63, '1')));
  EXPECT_EQ(DeviceStage::kAskingNew, stage_after(std::string(64, '1')));
  EXPECT_EQ(DeviceStage::kAskingNew, stage_after(std::string_view("12345\0", 6)));
}

TEST(DeviceCeremony, TheNewPinIsKeptWhileTheOldOneIsAskedForAgain) {
  DeviceStep step = Step(At(DeviceStage::kDriving, DeviceAction::kChangePin, 1), Failed("wrong_pin"));
  ASSERT_EQ(DeviceStage::kAskingPin, step.state.stage);
  step = Step(std::move(step.state), Said("4321"));
  EXPECT_EQ("driving +drive/pin/new", Text(DeviceStage::kAskingPin, step));
}

TEST(DeviceCeremony, NothingOfThePinsStaysWhenItIsDone) {
  const DeviceStep step = Step(At(DeviceStage::kDriving, DeviceAction::kChangePin, 1), DeviceCared{});
  EXPECT_TRUE(step.state.pin.empty());
  EXPECT_TRUE(step.state.new_pin.empty());
}

TEST(DeviceCeremony, TheOnlyKeyIsMeantOrTheOneThatIsNamed) {
  const auto reason = [](std::vector<Device> devices, std::optional<std::string> wanted) {
    const auto chosen = ChooseDevice(std::move(devices), wanted);
    return chosen.ok() ? chosen->device : chosen.error().reason;
  };
  Device one = KeyFor(DeviceAction::kReset);
  Device other = one;
  other.device = "/dev/hidraw1";
  Device typing = one;
  typing.device = "/dev/hidraw2";
  typing.kind = Device::Kind::kKeyboard;
  EXPECT_EQ("no_key", reason({}, {}));
  EXPECT_EQ("no_key", reason({typing}, {}));
  EXPECT_EQ("/dev/hidraw0", reason({one, typing}, {}));
  EXPECT_EQ("several_keys", reason({one, other}, {}));
  EXPECT_EQ("/dev/hidraw1", reason({one, other}, "/dev/hidraw1"));
  EXPECT_EQ("no_such_device", reason({one, other}, "/dev/hidraw7"));
}

}  // namespace
}  // namespace fob::core
