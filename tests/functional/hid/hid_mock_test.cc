// The devices of keys.umockdev: a YubiKey with its keyboard and FIDO interfaces, a key of uhid, and a keyboard.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "devices/hid/hid_ring.h"
#include "test_paths.h"

namespace fob::hid {
namespace {

using ::testing::SizeIs;

class HidMock : public ::testing::Test {
 protected:
  std::unique_ptr<HidRing> ring_ = *HidRing::Create();
};

TEST_F(HidMock, KeysAreFoundByTheirUsagePageAndNamedByTheirMaker) {
  const auto keys = ring_->Enumerate();
  ASSERT_THAT(keys, SizeIs(2));
  const fido::DeviceInfo& yubikey = keys[0];
  EXPECT_EQ("/dev/hidraw1", yubikey.path);
  EXPECT_EQ("Yubico YubiKey OTP+FIDO+CCID", yubikey.name);
  EXPECT_EQ("", yubikey.serial);
  EXPECT_EQ(0x1050, yubikey.vendor_id);
  EXPECT_EQ(0x0407, yubikey.product_id);
  EXPECT_EQ("seat1", yubikey.seat);
}

// It hangs on no USB device: no maker, but a name and a serial number.
TEST_F(HidMock, AKeyOfUhidIsNamedByItself) {
  const auto keys = ring_->Enumerate();
  ASSERT_THAT(keys, SizeIs(2));
  const fido::DeviceInfo& virtual_key = keys[1];
  EXPECT_EQ("/dev/hidraw2", virtual_key.path);
  EXPECT_EQ("fob virtual security key", virtual_key.name);
  EXPECT_EQ("S-1", virtual_key.serial);
  EXPECT_EQ(0x1209, virtual_key.vendor_id);
  EXPECT_EQ("seat0", virtual_key.seat);
}

// The uhid key's entry in the class of hidraw devices, away and back without an event of udev.
class HiddenKey {
 public:
  HiddenKey() { std::filesystem::rename(entry_, away_); }
  ~HiddenKey() { std::filesystem::rename(away_, entry_); }

 private:
  const std::string mock_ = std::getenv("UMOCKDEV_DIR");
  const std::string entry_ = mock_ + "/sys/class/hidraw/hidraw2", away_ = mock_ + "/hidraw2.away";
};

TEST(HidMockChanges, WhatIsPluggedInIsLookedUpAnewWhereNoUdevTellsOfChanges) {
  const auto ring = *HidRing::Create("/nonexistent/control");
  ASSERT_THAT(ring->Enumerate(), SizeIs(2));
  const HiddenKey hidden;
  EXPECT_THAT(ring->Enumerate(), SizeIs(1));
}

TEST(HidMockChanges, WhereUdevRunsItsSilenceMeansThatNothingHasChanged) {
  const auto ring = *HidRing::Create(FOB_SOURCE_DIR);
  ASSERT_THAT(ring->Enumerate(), SizeIs(2));
  const HiddenKey hidden;
  EXPECT_THAT(ring->Enumerate(), SizeIs(2));
}

TEST_F(HidMock, ATokensKeyboardIsToldFromAnyKeyboard) {
  const auto keyboards = ring_->EnumerateKeyboards();
  ASSERT_THAT(keyboards, SizeIs(1));
  EXPECT_EQ("/dev/hidraw0", keyboards[0].path);
  EXPECT_EQ("Yubico YubiKey OTP+FIDO+CCID", keyboards[0].name);
}

}  // namespace
}  // namespace fob::hid
