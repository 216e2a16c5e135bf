#include "devices/fido/key_care.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/devices/desk.h"

namespace fob::fido {
namespace {

using testing::Desk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReasonOf;
using testing::VirtualKeyProcess;

using Arguments = std::vector<std::string>;
constexpr int64_t kLimitMs = 10'000;

class KeyCareTest : public ::testing::Test {
 protected:
  // The only key on the desk, as it says itself.
  DeviceReport Only() {
    const auto reports = desk_.care().List(kLimitMs);
    if (!reports.ok() || reports->size() != 1) {
      ADD_FAILURE() << ReasonOf(reports);
      return {};
    }
    return reports->front();
  }
  std::string PathOf(const std::string& name) { return desk_.folder() + "/" + name + ".sock"; }
  Status ChangePin(const std::string& name, const std::optional<std::string>& pin,
                   std::string_view new_pin, int floor = 2) {
    PinChange change;
    change.path = PathOf(name);
    if (pin) change.pin = SecretBytes(std::string_view(*pin));
    change.new_pin = SecretBytes(new_pin);
    change.pin_floor = floor;
    change.timeout_ms = kLimitMs;
    return desk_.care().ChangePin(change);
  }
  std::future<Status> StartReset(const std::string& name, int64_t timeout_ms = kLimitMs) {
    return std::async(std::launch::async, [this, name, timeout_ms] {
      return desk_.care().Reset(PathOf(name), timeout_ms);
    });
  }

  Desk desk_;
};

TEST_F(KeyCareTest, ListsWhatAKeyIsAndCan) {
  desk_.Add("blue", {"--pin", "1234", "--aaguid", "00112233445566778899aabbccddeeff",
                     "--rk-capacity", "7", "--min-pin", "6", "--builtin-uv"});
  const DeviceReport report = Only();
  EXPECT_EQ(report.kind, DeviceReport::Kind::kFido2);
  EXPECT_EQ(report.info.name, "blue");
  EXPECT_EQ(report.info.seat, "seat0");
  EXPECT_THAT(report.versions, ElementsAre("U2F_V2", "FIDO_2_0", "FIDO_2_1"));
  ASSERT_TRUE(report.aaguid.has_value());
  EXPECT_EQ(report.aaguid->back(), 0xff);
  EXPECT_EQ(report.firmware, 1u);
  EXPECT_THAT(report.algorithms, ElementsAre(Algorithm::kEs256, Algorithm::kEdDsa));
  EXPECT_THAT(report.transports, ElementsAre("usb"));
  EXPECT_EQ(report.pin, Ability::kSet);
  EXPECT_EQ(report.pin_retries, 8);
  EXPECT_EQ(report.pin_min_length, 6);
  EXPECT_FALSE(report.pin_change_forced);
  EXPECT_EQ(report.user_verification, Ability::kSet);
  EXPECT_EQ(report.uv_retries, 5);
  EXPECT_TRUE(report.discoverable);
  EXPECT_EQ(report.credentials_left, 7);
}

TEST_F(KeyCareTest, ListsKeysThatCanLess) {
  struct Case {
    Arguments arguments;
    DeviceReport::Kind kind;
    Ability pin;
    bool discoverable;
  };
  for (const Case& one :
       {Case{{"--u2f-only"}, DeviceReport::Kind::kU2f, Ability::kUnsupported, false},
        Case{{"--ctap", "2.0"}, DeviceReport::Kind::kFido2, Ability::kUnset, true},
        Case{{"--pin-protocols", "none", "--rk-capacity", "0"},
             DeviceReport::Kind::kFido2, Ability::kUnsupported, false}}) {
    Desk desk;
    desk.Add("key", one.arguments);
    const auto reports = desk.care().List(kLimitMs);
    ASSERT_TRUE(reports.ok());
    ASSERT_EQ(reports->size(), 1u);
    EXPECT_EQ(reports->front().kind, one.kind);
    EXPECT_EQ(reports->front().pin, one.pin);
    EXPECT_EQ(reports->front().discoverable, one.discoverable);
    EXPECT_FALSE(reports->front().algorithms.empty());
    EXPECT_FALSE(reports->front().uv_retries.has_value());
  }
}

TEST_F(KeyCareTest, ListsWhatIsWrongWithAKeyBesideAGoodOneAndATokenThatTypes) {
  desk_.Add("broken", {"--misbehave", "silent"});
  desk_.Add("good", {"--pin", "1234"}).Command("force-pin-change on");
  std::ofstream(desk_.folder() + "/typing.keyboard");
  const auto reports = desk_.care().List(kLimitMs);
  ASSERT_EQ(ReasonOf(reports), "ok");
  ASSERT_EQ(reports->size(), 3u);
  EXPECT_EQ((*reports)[0].kind, DeviceReport::Kind::kUnknown);
  ASSERT_TRUE((*reports)[0].problem.has_value());
  EXPECT_EQ((*reports)[0].problem->reason, "key_silent");
  EXPECT_EQ((*reports)[1].kind, DeviceReport::Kind::kFido2);
  EXPECT_TRUE((*reports)[1].pin_change_forced);
  EXPECT_EQ((*reports)[2].kind, DeviceReport::Kind::kKeyboard);
  EXPECT_EQ((*reports)[2].info.name, "typing");
}

TEST_F(KeyCareTest, ListingWakesNoKeyAndIsCancelled) {
  VirtualKeyProcess& key = desk_.Add("key", {"--touch", "never"});
  EXPECT_EQ(Only().kind, DeviceReport::Kind::kFido2);
  EXPECT_EQ(key.Status("blinks"), 0);
  key.Misbehave("silent");
  auto listing = std::async(std::launch::async, [this] { return desk_.care().List(kLimitMs); });
  desk_.Interrupt();
  EXPECT_EQ(ReasonOf(listing.get()), "cancelled");
}

TEST_F(KeyCareTest, SetsAndChangesAPin) {
  VirtualKeyProcess& key = desk_.Add("key");
  EXPECT_EQ(ReasonOf(ChangePin("key", "1234", "567890")), "no_pin");
  EXPECT_EQ(ReasonOf(ChangePin("key", std::nullopt, "1234")), "ok");
  EXPECT_EQ(key.Status("pin_set"), 1);
  EXPECT_EQ(ReasonOf(ChangePin("key", std::nullopt, "567890")), "pin_set");
  EXPECT_EQ(ReasonOf(ChangePin("key", "1234", "567890")), "ok");
  EXPECT_EQ(ReasonOf(ChangePin("key", "567890", "1234")), "ok") << "the new one counts";
}

TEST_F(KeyCareTest, I12_AWrongPinIsTriedOnceAndNeverBelowTheFloor) {
  VirtualKeyProcess& key = desk_.Add("key", {"--pin", "1234"});
  const Status wrong = ChangePin("key", "9999", "567890");
  EXPECT_EQ(ReasonOf(wrong), "wrong_pin");
  EXPECT_THAT(wrong.error().text, HasSubstr("7 tries left"));
  EXPECT_EQ(key.Status("pin_retries"), 7);
  EXPECT_EQ(ReasonOf(ChangePin("key", "9999", "567890", 8)), "pin_floor");
  EXPECT_EQ(key.Status("pin_retries"), 7) << "not tried";
  key.Command("block pin");
  EXPECT_EQ(ReasonOf(ChangePin("key", "1234", "567890", 0)), "pin_blocked");
}

TEST_F(KeyCareTest, APinThatTheKeyDoesNotTakeIsToldAndCostsNothing) {
  VirtualKeyProcess& key = desk_.Add("key", {"--pin", "123456", "--min-pin", "6"});
  EXPECT_EQ(ReasonOf(ChangePin("key", "123456", "12345")), "pin_policy");
  EXPECT_EQ(ReasonOf(ChangePin("key", "123456", "123")), "pin_length");
  EXPECT_EQ(ReasonOf(ChangePin("key", "123456", std::string(64, '1'))), "pin_length");
  EXPECT_EQ(key.Status("pin_retries"), 8);
}

TEST_F(KeyCareTest, AForcedChangeIsMadeByAnotherPin) {
  desk_.Add("key", {"--pin", "1234"}).Command("force-pin-change on");
  EXPECT_EQ(ReasonOf(ChangePin("key", "1234", "1234")), "pin_policy");
  EXPECT_EQ(ReasonOf(ChangePin("key", "1234", "567890")), "ok");
  EXPECT_FALSE(Only().pin_change_forced);
}

TEST_F(KeyCareTest, KeysThatCannotAreTold) {
  desk_.Add("old", {"--u2f-only"});
  desk_.Add("bare", {"--pin-protocols", "none"});
  EXPECT_EQ(ReasonOf(ChangePin("old", std::nullopt, "1234")), "u2f_only");
  EXPECT_EQ(ReasonOf(ChangePin("bare", std::nullopt, "1234")), "takes_no_pin");
  EXPECT_EQ(ReasonOf(ChangePin("none", std::nullopt, "1234")), "no_such_device");
  EXPECT_EQ(ReasonOf(desk_.care().Reset(PathOf("old"), kLimitMs)), "u2f_only");
  EXPECT_EQ(ReasonOf(desk_.care().Reset(PathOf("none"), kLimitMs)), "no_such_device");
  EXPECT_THAT(desk_.progress(), ElementsAre()) << "nobody was sent to unplug anything";
}

TEST_F(KeyCareTest, AResetTakesUnpluggingPluggingInAndATouch) {
  VirtualKeyProcess& key = desk_.Add("key", {"--pin", "1234"});
  VirtualKeyProcess& other = desk_.Add("other");
  desk_.Fresh();
  CredentialRequest create = desk_.CreateRequest();
  other.SetTouchPolicy("never");
  ASSERT_EQ(ReasonOf(desk_.Create(create)), "ok");
  ASSERT_EQ(key.Status("credentials"), 1);
  key.SetTouchPolicy("command");
  desk_.Fresh();
  auto reset = StartReset("key");
  ASSERT_TRUE(desk_.WaitProgress("remove:key"));
  const auto blinks = other.Status("blinks");  // of the ceremony before, if it came to that
  key.Unplug();
  ASSERT_TRUE(desk_.WaitProgress("insert:key"));
  key.Plug();
  ASSERT_TRUE(desk_.WaitProgress("touch:key"));
  EXPECT_EQ(key.Status("credentials"), 1) << "not before the touch";
  key.TouchWhenAsked();
  EXPECT_EQ(ReasonOf(reset.get()), "ok");
  EXPECT_EQ(key.Status("credentials"), 0);
  EXPECT_EQ(key.Status("pin_set"), 0);
  EXPECT_EQ(other.Status("blinks"), blinks);
}

TEST_F(KeyCareTest, AnotherKeyThatComesIsNotReset) {
  VirtualKeyProcess& key = desk_.Add("key");
  auto reset = StartReset("key");
  ASSERT_TRUE(desk_.WaitProgress("remove:key"));
  key.Unplug();
  ASSERT_TRUE(desk_.WaitProgress("insert:key"));
  VirtualKeyProcess& wrong = desk_.Add("wrong");
  EXPECT_EQ(ReasonOf(reset.get()), "other_device");
  EXPECT_EQ(wrong.Status("blinks"), 0);
}

TEST_F(KeyCareTest, AResetThatComesToNothingSaysWhere) {
  VirtualKeyProcess& key = desk_.Add("key");
  EXPECT_EQ(ReasonOf(desk_.care().Reset(PathOf("key"), 100)), "not_removed");
  desk_.Fresh();
  auto gone = StartReset("key", 1000);
  ASSERT_TRUE(desk_.WaitProgress("remove:key"));
  key.Unplug();
  EXPECT_EQ(ReasonOf(gone.get()), "no_key");
  key.Plug();
  desk_.Fresh();
  auto refused = StartReset("key");
  ASSERT_TRUE(desk_.WaitProgress("remove:key"));
  key.Unplug();
  ASSERT_TRUE(desk_.WaitProgress("insert:key"));
  key.SetTouchPolicy("refuse");
  key.Plug();
  EXPECT_EQ(ReasonOf(refused.get()), "refused");
  desk_.Fresh();
  auto cancelled = StartReset("key");
  ASSERT_TRUE(desk_.WaitProgress("remove:key"));
  desk_.Interrupt();
  EXPECT_EQ(ReasonOf(cancelled.get()), "cancelled");
}

}  // namespace
}  // namespace fob::fido
