#include <gtest/gtest.h>

#include "base/clock.h"
#include "tests/unit/virtual_key/fido_host.h"

// Keys that are slow, want another PIN, or want a longer one.
namespace fob::testing {
namespace {

constexpr uint8_t kKeepalive = 0xbb;

TEST(VirtualKeyFirmware, SlowKeySaysThatItWorks) {
  InProcessDevice device;
  device.key().controls().answer_delay_ms = 1500;
  int processing = 0;
  device.on_report = [&](const Report& report) {
    if (report[4] == kKeepalive && report[7] == kKeepaliveProcessing) ++processing;
  };
  const int64_t before = device.now_ms();
  const DevPtr dev = Open(device);
  ASSERT_TRUE(dev) << "getInfo is answered late, and answered";
  EXPECT_GE(device.now_ms() - before, 1500);
  EXPECT_GE(processing, 14) << "a keep-alive each 100 ms";
  ASSERT_EQ(MakeCred(dev.get()).error, FIDO_OK);
  EXPECT_EQ(device.key().status(device.now_ms()).blinks, 1);
}

TEST(VirtualKeyFirmware, SlowKeyIsCancelledWhileItWorks) {
  InProcessDevice device;
  const DevPtr dev = Open(device);
  device.key().controls().answer_delay_ms = 60'000;
  bool cancelled = false;
  device.on_report = [&](const Report& report) {
    if (report[4] == kKeepalive && !std::exchange(cancelled, true)) fido_dev_cancel(dev.get());
  };
  EXPECT_EQ(MakeCred(dev.get()).error, FIDO_ERR_KEEPALIVE_CANCEL);
  EXPECT_EQ(device.key().status(device.now_ms()).blinks, 0);
}

TEST(VirtualKeyFirmware, AForcedPinChangeIsToldAndGivesNoTokenUntilItIsMade) {
  for (const CtapVersion version : {CtapVersion::kCtap20, CtapVersion::kCtap21}) {
    Options options;
    options.version = version;
    options.initial_pin = "1234";
    InProcessDevice device(options);
    device.key().ForcePinChange(true);
    const DevPtr dev = Open(device);
    const std::unique_ptr<fido_cbor_info_t, FidoFree> info(fido_cbor_info_new());
    ASSERT_EQ(fido_dev_get_cbor_info(dev.get(), info.get()), FIDO_OK);
    const bool ctap21 = version == CtapVersion::kCtap21;
    EXPECT_EQ(fido_cbor_info_new_pin_required(info.get()), ctap21);
    EXPECT_EQ(MakeCred(dev.get(), {.pin = "1234"}).error,
              ctap21 ? FIDO_ERR_PIN_POLICY_VIOLATION : FIDO_ERR_PIN_INVALID);
    EXPECT_EQ(fido_dev_set_pin(dev.get(), "1234", "1234"), FIDO_ERR_PIN_POLICY_VIOLATION)
        << "the same again is no change";
    ASSERT_EQ(fido_dev_set_pin(dev.get(), "5678", "1234"), FIDO_OK);
    EXPECT_EQ(MakeCred(dev.get(), {.pin = "5678"}).error, FIDO_OK);
  }
}

TEST(VirtualKeyFirmware, AForcedPinChangeSurvivesAPowerCycle) {
  const auto cell = std::make_shared<std::optional<Bytes>>();
  Options options;
  options.initial_pin = "1234";
  const auto plug_in = [&] {
    return std::make_unique<InProcessDevice>(options, std::make_unique<MemoryStorage>(cell),
                                             std::make_unique<SystemRandom>());
  };
  plug_in()->key().ForcePinChange(true);
  const auto again = plug_in();
  EXPECT_EQ(MakeCred(Open(*again).get(), {.pin = "1234"}).error, FIDO_ERR_PIN_POLICY_VIOLATION);
}

TEST(VirtualKeyFirmware, WantsAsLongAPinAsItSays) {
  Options options;
  options.min_pin_length = 6;
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  const std::unique_ptr<fido_cbor_info_t, FidoFree> info(fido_cbor_info_new());
  ASSERT_EQ(fido_dev_get_cbor_info(dev.get(), info.get()), FIDO_OK);
  EXPECT_EQ(fido_cbor_info_minpinlen(info.get()), 6u);
  EXPECT_EQ(fido_dev_set_pin(dev.get(), "12345", nullptr), FIDO_ERR_PIN_POLICY_VIOLATION);
  EXPECT_EQ(fido_dev_set_pin(dev.get(), "123456", nullptr), FIDO_OK);
}

}  // namespace
}  // namespace fob::testing
