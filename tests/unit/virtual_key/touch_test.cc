#include <gtest/gtest.h>

#include "tests/unit/virtual_key/fido_host.h"

namespace fob::testing {
namespace {

bool IsKeepalive(const Report& report) {
  return report[4] == (0x80 | static_cast<uint8_t>(HidCommand::kKeepalive));
}

class VirtualKeyTouch : public ::testing::Test {
 protected:
  InProcessDevice device_;
  DevPtr dev_ = Open(device_);
  Controls& controls_ = device_.key().controls();

  VirtualKey::Status Status() { return device_.key().status(device_.now_ms()); }
};

TEST_F(VirtualKeyTouch, ComesOnCommand) {
  controls_.touch = TouchPolicy::kCommand;
  int keepalives = 0;
  device_.on_report = [&](const Report& report) {
    if (IsKeepalive(report) && ++keepalives == 3) device_.Touch();
  };
  EXPECT_EQ(MakeCred(dev_.get()).error, FIDO_OK);
  EXPECT_EQ(keepalives, 3);
  EXPECT_EQ(Status().blinks, 1);
}

TEST_F(VirtualKeyTouch, ThatComesBeforeItIsAskedForCountsForNothing) {
  controls_.touch = TouchPolicy::kCommand;
  device_.Touch();
  EXPECT_EQ(MakeCred(dev_.get()).error, FIDO_ERR_USER_ACTION_TIMEOUT);
}

TEST_F(VirtualKeyTouch, ComesAfterADelay) {
  controls_.touch_delay_ms = 750;
  const int64_t before = device_.now_ms();
  EXPECT_EQ(MakeCred(dev_.get()).error, FIDO_OK);
  EXPECT_EQ(device_.now_ms() - before, 750);
}

TEST_F(VirtualKeyTouch, NeverComesAndTheNextOperationWorks) {
  controls_.touch = TouchPolicy::kNever;
  EXPECT_EQ(MakeCred(dev_.get()).error, FIDO_ERR_USER_ACTION_TIMEOUT);
  EXPECT_FALSE(Status().waiting);
  controls_.touch = TouchPolicy::kAuto;
  EXPECT_EQ(MakeCred(dev_.get()).error, FIDO_OK);
}

TEST_F(VirtualKeyTouch, IsRefused) {
  controls_.touch = TouchPolicy::kRefuse;
  EXPECT_EQ(MakeCred(dev_.get()).error, FIDO_ERR_OPERATION_DENIED);
  EXPECT_EQ(Status().blinks, 1);
  EXPECT_EQ(Status().credentials, 0u);
}

TEST_F(VirtualKeyTouch, IsCalledOff) {
  controls_.touch = TouchPolicy::kNever;
  device_.on_report = [&](const Report& report) {
    if (IsKeepalive(report) && Status().cancels == 0) fido_dev_cancel(dev_.get());
  };
  EXPECT_EQ(MakeCred(dev_.get()).error, FIDO_ERR_KEEPALIVE_CANCEL);
  EXPECT_EQ(Status().cancels, 1);
  EXPECT_FALSE(Status().waiting);
  controls_.touch = TouchPolicy::kAuto;
  EXPECT_EQ(MakeCred(dev_.get()).error, FIDO_OK);
}

TEST_F(VirtualKeyTouch, SelectsAmongSeveralKeys) {
  ASSERT_EQ(fido_dev_get_touch_begin(dev_.get()), FIDO_OK);
  int touched = 0;
  ASSERT_EQ(fido_dev_get_touch_status(dev_.get(), &touched, 1'000), FIDO_OK);
  EXPECT_EQ(touched, 1);
}

}  // namespace
}  // namespace fob::testing
