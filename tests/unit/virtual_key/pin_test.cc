#include <gtest/gtest.h>

#include "tests/unit/virtual_key/fido_host.h"

namespace fob::testing {
namespace {

class VirtualKeyPin : public ::testing::TestWithParam<int> {
 protected:
  static Options KeyWithPin() {
    Options options;
    options.pin_protocols = {GetParam()};
    options.initial_pin = "1234";
    return options;
  }
};

TEST_P(VirtualKeyPin, SetsChangesAndUsesAPin) {
  Options options = KeyWithPin();
  options.initial_pin.clear();
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  EXPECT_FALSE(fido_dev_has_pin(dev.get()));
  EXPECT_EQ(MakeCred(dev.get(), {.pin = "1234"}).error, FIDO_ERR_PIN_NOT_SET);
  EXPECT_EQ(fido_dev_set_pin(dev.get(), "123", nullptr), FIDO_ERR_PIN_POLICY_VIOLATION);
  ASSERT_EQ(fido_dev_set_pin(dev.get(), "1234", nullptr), FIDO_OK);
  EXPECT_EQ(fido_dev_set_pin(dev.get(), "5678", nullptr), FIDO_ERR_PIN_AUTH_INVALID)
      << "there is one already";
  EXPECT_EQ(fido_dev_set_pin(dev.get(), "5678", "9999"), FIDO_ERR_PIN_INVALID);
  ASSERT_EQ(fido_dev_set_pin(dev.get(), "5678", "1234"), FIDO_OK);

  const CredAnswer made = MakeCred(dev.get(), {.pin = "5678"});
  ASSERT_EQ(made.error, FIDO_OK);
  EXPECT_EQ(fido_cred_flags(made.cred.get()) & kUv, kUv);
  const AssertAnswer got = GetAssert(dev.get(), {.allow = {made.id()}, .pin = "5678"});
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(fido_assert_flags(got.assertion.get(), 0) & kUv, kUv);
  EXPECT_EQ(Verify(got.assertion.get(), made.cred.get()), FIDO_OK);
}

TEST_P(VirtualKeyPin, WrongPinsCostRetriesThenBlockUntilPowerUpThenForGood) {
  InProcessDevice device(KeyWithPin());
  DevPtr dev = Open(device);
  const auto attempt = [&](const char* pin) { return MakeCred(dev.get(), {.pin = pin}).error; };
  const auto retries = [&] {
    int left = -1;
    fido_dev_get_retry_count(dev.get(), &left);
    return left;
  };
  const auto replug = [&] {
    device.key().Plug(device.now_ms());
    dev = Open(device);
  };
  EXPECT_EQ(retries(), 8);
  EXPECT_EQ(attempt("9999"), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(retries(), 7);
  EXPECT_EQ(attempt("1234"), FIDO_OK);
  EXPECT_EQ(retries(), 8) << "a good PIN restores them";

  EXPECT_EQ(attempt("9999"), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(attempt("9999"), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(attempt("9999"), FIDO_ERR_PIN_AUTH_BLOCKED);
  EXPECT_EQ(attempt("1234"), FIDO_ERR_PIN_AUTH_BLOCKED) << "not even the right one";
  EXPECT_EQ(retries(), 5);
  replug();
  EXPECT_EQ(attempt("9999"), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(attempt("9999"), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(attempt("9999"), FIDO_ERR_PIN_AUTH_BLOCKED);
  replug();
  EXPECT_EQ(attempt("9999"), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(attempt("9999"), FIDO_ERR_PIN_BLOCKED);
  replug();
  EXPECT_EQ(attempt("1234"), FIDO_ERR_PIN_BLOCKED);
  EXPECT_EQ(retries(), 0);
}

TEST_P(VirtualKeyPin, ProtectedKeyMakesOnlyPlainCredentialsWithoutIt) {
  InProcessDevice device(KeyWithPin());
  const DevPtr dev = Open(device);
  EXPECT_EQ(MakeCred(dev.get(), {}).error, FIDO_OK);
  EXPECT_EQ(MakeCred(dev.get(), {.rk = FIDO_OPT_TRUE}).error, FIDO_ERR_PIN_REQUIRED);
  Options strict = KeyWithPin();
  strict.make_cred_uv_not_rqd = false;
  InProcessDevice strict_device(strict);
  EXPECT_EQ(MakeCred(Open(strict_device).get(), {}).error, FIDO_ERR_PIN_REQUIRED);
}

INSTANTIATE_TEST_SUITE_P(Protocols, VirtualKeyPin, ::testing::Values(1, 2));

class VirtualKeyUv : public ::testing::Test {
 protected:
  static Options KeyWithUv() {
    Options options;
    options.built_in_uv = true;
    return options;
  }
};

TEST_F(VirtualKeyUv, OneTouchVerifiesAndIsPresence) {
  InProcessDevice device(KeyWithUv());
  const DevPtr dev = Open(device);
  EXPECT_TRUE(fido_dev_has_uv(dev.get()));
  const CredAnswer made = MakeCred(dev.get(), {.uv = FIDO_OPT_TRUE});
  ASSERT_EQ(made.error, FIDO_OK);
  EXPECT_EQ(fido_cred_flags(made.cred.get()) & kUv, kUv);
  const int64_t blinks = device.key().status(0).blinks;
  const AssertAnswer got = GetAssert(dev.get(), {.allow = {made.id()}, .uv = FIDO_OPT_TRUE});
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(fido_assert_flags(got.assertion.get(), 0) & 0x05, 0x05);
  EXPECT_EQ(device.key().status(0).blinks, blinks + 1);
}

TEST_F(VirtualKeyUv, ServesTheOptionOfCtap20) {
  Options options = KeyWithUv();
  options.version = CtapVersion::kCtap20;
  options.initial_pin = "1234";
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  const CredAnswer made = MakeCred(dev.get(), {.uv = FIDO_OPT_TRUE});
  ASSERT_EQ(made.error, FIDO_OK);
  EXPECT_EQ(fido_cred_flags(made.cred.get()) & kUv, kUv);
  device.key().controls().uv_failures = Controls::kForever;
  EXPECT_EQ(GetAssert(dev.get(), {.allow = {made.id()}, .uv = FIDO_OPT_TRUE}).error,
            FIDO_ERR_PIN_REQUIRED)
      << "falls back to the PIN";
}

TEST_F(VirtualKeyUv, FailsIsBlockedAndAPinHelps) {
  Options options = KeyWithUv();
  options.initial_pin = "1234";
  InProcessDevice device(options);
  const DevPtr dev = Open(device);
  const CredAnswer made = MakeCred(dev.get(), {.uv = FIDO_OPT_TRUE});
  device.key().controls().uv_failures = Controls::kForever;
  for (int i = 0; i < kMaxUvRetries; ++i) {
    EXPECT_NE(GetAssert(dev.get(), {.allow = {made.id()}, .uv = FIDO_OPT_TRUE}).error, FIDO_OK);
  }
  int left = -1;
  ASSERT_EQ(fido_dev_get_uv_retry_count(dev.get(), &left), FIDO_OK);
  EXPECT_EQ(left, 0);
  device.key().controls().uv_failures = 0;
  EXPECT_EQ(GetAssert(dev.get(), {.allow = {made.id()}, .uv = FIDO_OPT_TRUE}).error,
            FIDO_ERR_UV_BLOCKED);
  EXPECT_EQ(GetAssert(dev.get(), {.allow = {made.id()}, .pin = "1234"}).error, FIDO_OK);
  EXPECT_EQ(GetAssert(dev.get(), {.allow = {made.id()}, .uv = FIDO_OPT_TRUE}).error, FIDO_OK);
}

TEST_F(VirtualKeyUv, IsNotThereUnlessBuiltIn) {
  InProcessDevice device;
  const DevPtr dev = Open(device);
  const CredAnswer made = MakeCred(dev.get());
  EXPECT_NE(GetAssert(dev.get(), {.allow = {made.id()}, .uv = FIDO_OPT_TRUE}).error, FIDO_OK);
}

}  // namespace
}  // namespace fob::testing
