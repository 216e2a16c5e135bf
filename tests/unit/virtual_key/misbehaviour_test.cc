#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/virtual_key/fido_host.h"

namespace fob::testing {
namespace {

class VirtualKeyMisbehaviour : public ::testing::Test {
 protected:
  static Options KeyWithPin() {
    Options options;
    options.initial_pin = "1234";
    return options;
  }
  void Order(const char* names) {
    device_.key().controls().misbehaviour = Misbehaviour::FromNames(names).value();
  }
  AssertAnswer Get(const char* pin = nullptr) {
    return GetAssert(dev_.get(), {.allow = {made_.id()}, .pin = pin});
  }

  InProcessDevice device_{KeyWithPin()};
  DevPtr dev_ = Open(device_, 300);
  CredAnswer made_ = MakeCred(dev_.get());
};

TEST_F(VirtualKeyMisbehaviour, HasNames) {
  EXPECT_TRUE(Misbehaviour::FromNames("none"));
  const auto two = Misbehaviour::FromNames("silent,counter_back");
  ASSERT_TRUE(two);
  EXPECT_TRUE(two->silent && two->counter_back);
  EXPECT_FALSE(Misbehaviour::FromNames("polite"));
  EXPECT_FALSE(Misbehaviour::FromNames(""));
}

TEST_F(VirtualKeyMisbehaviour, WrongSignature) {
  Order("wrong_signature");
  const AssertAnswer got = Get();
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(Verify(got.assertion.get(), made_.cred.get()), FIDO_ERR_INVALID_SIG);
  const CredAnswer made = MakeCred(dev_.get());
  ASSERT_EQ(made.error, FIDO_OK);
  EXPECT_EQ(Verify(made.cred.get()), FIDO_ERR_INVALID_SIG);
}

TEST_F(VirtualKeyMisbehaviour, FlagsAreClearedAndSignedSo) {
  Order("clear_up_flag");
  AssertAnswer got = Get();
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(fido_assert_flags(got.assertion.get(), 0), 0x00);
  fido_assert_set_up(got.assertion.get(), FIDO_OPT_OMIT);
  EXPECT_EQ(Verify(got.assertion.get(), made_.cred.get()), FIDO_OK) << "the signature is good";

  Order("clear_uv_flag");
  const AssertAnswer unverified = Get("1234");
  ASSERT_EQ(unverified.error, FIDO_OK);
  EXPECT_EQ(fido_assert_flags(unverified.assertion.get(), 0), 0x01);
}

TEST_F(VirtualKeyMisbehaviour, CounterBack) {
  const uint32_t before = fido_assert_sigcount(Get().assertion.get(), 0);
  Order("counter_back");
  const AssertAnswer got = Get();
  EXPECT_LT(fido_assert_sigcount(got.assertion.get(), 0), before);
  EXPECT_EQ(Verify(got.assertion.get(), made_.cred.get()), FIDO_OK);
}

TEST_F(VirtualKeyMisbehaviour, WrongRpHash) {
  Order("wrong_rp_hash");
  const AssertAnswer got = Get();
  EXPECT_TRUE(got.error != FIDO_OK || Verify(got.assertion.get(), made_.cred.get()) != FIDO_OK);
}

TEST_F(VirtualKeyMisbehaviour, ForeignCredentialId) {
  Order("foreign_credential_id");
  const AssertAnswer got = Get();
  ASSERT_EQ(got.error, FIDO_OK);
  const unsigned char* id = fido_assert_id_ptr(got.assertion.get(), 0);
  ASSERT_NE(id, nullptr);
  EXPECT_NE(Bytes(id, id + fido_assert_id_len(got.assertion.get(), 0)), made_.id());
}

TEST_F(VirtualKeyMisbehaviour, FramesThatNoHostAccepts) {
  for (const char* name : {"cut_frame", "bad_sequence", "huge_length", "wrong_channel"}) {
    Order(name);
    EXPECT_EQ(Get().error, FIDO_ERR_RX) << name;
    Order("none");
    dev_ = Open(device_, 300);
    ASSERT_TRUE(dev_) << name;
    EXPECT_EQ(Get().error, FIDO_OK) << "well again after " << name;
  }
}

TEST_F(VirtualKeyMisbehaviour, CborThatNoHostShouldAccept) {
  Order("garbage_cbor");
  EXPECT_NE(Get().error, FIDO_OK);

  // libfido2 may or may not mind: look at the wire.
  Order("duplicate_key_cbor");
  Bytes wire;
  device_.on_report = [&](const Report& report) {
    wire.insert(wire.end(), report.begin() + 7, report.end());
  };
  Get();
  device_.on_report = nullptr;
  ASSERT_GT(wire.size(), 4u);
  EXPECT_EQ(wire[1], 0xa4) << "one entry more than the three of an honest answer";
  EXPECT_EQ(wire[2], 0x01);
}

TEST_F(VirtualKeyMisbehaviour, Silent) {
  Order("silent");
  EXPECT_EQ(Get().error, FIDO_ERR_RX);
  EXPECT_EQ(Open(device_, 100), nullptr);
}

TEST_F(VirtualKeyMisbehaviour, VanishMidCeremony) {
  Order("vanish_mid_ceremony");
  EXPECT_EQ(Get().error, FIDO_ERR_RX);
  EXPECT_FALSE(device_.key().plugged());
}

}  // namespace
}  // namespace fob::testing
