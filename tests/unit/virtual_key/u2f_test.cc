#include <gtest/gtest.h>

#include "tests/unit/virtual_key/fido_host.h"
#include "tests/unit/virtual_key/raw_host.h"

namespace fob::testing {
namespace {

Options U2fOnly() {
  Options options;
  options.version = CtapVersion::kU2fOnly;
  return options;
}

bool IsMsg(const Report& report) {
  return report[4] == (0x80 | static_cast<uint8_t>(HidCommand::kMsg));
}

TEST(VirtualKeyU2f, RegistersAndAuthenticatesThroughLibfido2) {
  InProcessDevice device(U2fOnly());
  const DevPtr dev = Open(device);
  EXPECT_FALSE(fido_dev_is_fido2(dev.get()));
  const CredAnswer made = MakeCred(dev.get());
  ASSERT_EQ(made.error, FIDO_OK);
  EXPECT_STREQ(fido_cred_fmt(made.cred.get()), "fido-u2f");
  EXPECT_EQ(fido_cred_verify(made.cred.get()), FIDO_OK);
  const AssertAnswer got = GetAssert(dev.get(), {.allow = {made.id()}});
  ASSERT_EQ(got.error, FIDO_OK);
  EXPECT_EQ(Verify(got.assertion.get(), made.cred.get()), FIDO_OK);
  EXPECT_GT(fido_assert_sigcount(got.assertion.get(), 0), 0u);
  EXPECT_EQ(GetAssert(dev.get(), {.allow = {Bytes(64, 1)}}).error, FIDO_ERR_NO_CREDENTIALS);
}

TEST(VirtualKeyU2f, WaitsWhileTheHostPolls) {
  InProcessDevice device(U2fOnly());
  const DevPtr dev = Open(device);
  device.key().controls().touch = TouchPolicy::kCommand;
  device.on_report = [&](const Report& report) {
    if (!IsMsg(report)) return;
    EXPECT_TRUE(device.key().status(device.now_ms()).waiting);
    device.Touch();
    device.on_report = nullptr;
  };
  EXPECT_EQ(MakeCred(dev.get()).error, FIDO_OK);
  EXPECT_EQ(device.key().status(device.now_ms()).blinks, 1);
  EXPECT_FALSE(device.key().status(device.now_ms()).waiting);
}

TEST(VirtualKeyU2f, UsesCredentialsOfEitherProtocolWithTheOther) {
  InProcessDevice device;
  const DevPtr dev = Open(device);
  const CredAnswer fido2 = MakeCred(dev.get());
  fido_dev_force_u2f(dev.get());
  const AssertAnswer by_u2f = GetAssert(dev.get(), {.allow = {fido2.id()}});
  ASSERT_EQ(by_u2f.error, FIDO_OK);
  EXPECT_EQ(Verify(by_u2f.assertion.get(), fido2.cred.get()), FIDO_OK);
  const CredAnswer u2f = MakeCred(dev.get());
  fido_dev_force_fido2(dev.get());
  const AssertAnswer by_fido2 = GetAssert(dev.get(), {.allow = {u2f.id()}});
  ASSERT_EQ(by_fido2.error, FIDO_OK);
  EXPECT_EQ(Verify(by_fido2.assertion.get(), u2f.cred.get()), FIDO_OK);
}

class VirtualKeyU2fRaw : public ::testing::Test {
 protected:
  InProcessDevice device_{U2fOnly()};
  RawHost host_{device_};
  uint32_t channel_ = host_.OpenChannel();

  Bytes Exchange(const Bytes& apdu) {
    host_.Send(channel_, HidCommand::kMsg, apdu);
    const auto answer = host_.Receive();
    return answer && answer->command == HidCommand::kMsg ? answer->payload : Bytes();
  }
  static Bytes Apdu(uint8_t ins, uint8_t p1, const Bytes& data) {
    Bytes out = {0, ins, p1, 0, 0};
    AppendBe16(out, static_cast<uint16_t>(data.size()));
    Append(out, data);
    AppendBe16(out, 0);
    return out;
  }
  static Bytes Authentication(const Bytes& key_handle) {
    Bytes out(64, 0x22);
    out.push_back(static_cast<uint8_t>(key_handle.size()));
    Append(out, key_handle);
    return out;
  }
};

TEST_F(VirtualKeyU2fRaw, TellsItsVersionInShortAndExtendedForm) {
  const Bytes expected = Concat(AsBytes("U2F_V2"), Bytes{0x90, 0x00});
  EXPECT_EQ(Exchange({0, 3, 0, 0}), expected);
  EXPECT_EQ(Exchange({0, 3, 0, 0, 0}), expected);
  EXPECT_EQ(Exchange({0, 3, 0, 0, 0, 0, 0}), expected);
}

TEST_F(VirtualKeyU2fRaw, TellsWhatIsWrong) {
  EXPECT_EQ(Exchange({0, 9, 0, 0}), (Bytes{0x6d, 0x00}));
  EXPECT_EQ(Exchange({1, 3, 0, 0}), (Bytes{0x6e, 0x00}));
  EXPECT_EQ(Exchange({0, 3}), (Bytes{0x67, 0x00}));
  EXPECT_EQ(Exchange(Apdu(1, 0, Bytes(63))), (Bytes{0x67, 0x00}));
  EXPECT_EQ(Exchange(Apdu(2, 3, Authentication(Bytes(64)))), (Bytes{0x6a, 0x80}));
  host_.Send(channel_, HidCommand::kCbor, {0x04});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidCommand);
}

TEST_F(VirtualKeyU2fRaw, AsksForPresenceWhereItMust) {
  device_.key().controls().touch = TouchPolicy::kNever;
  const Bytes refused = {0x69, 0x85};
  EXPECT_EQ(Exchange(Apdu(1, 0, Bytes(64, 0x22))), refused);
  device_.key().controls().touch = TouchPolicy::kAuto;
  const Bytes registered = Exchange(Apdu(1, 0, Bytes(64, 0x22)));
  ASSERT_GT(registered.size(), 131u);
  EXPECT_EQ(registered[0], 0x05);
  ASSERT_EQ(registered[66], 64);
  const Bytes handle(registered.begin() + 67, registered.begin() + 67 + 64);

  device_.key().controls().touch = TouchPolicy::kNever;
  EXPECT_EQ(Exchange(Apdu(2, 0x07, Authentication(handle))), refused)
      << "check-only: it knows the handle";
  EXPECT_EQ(Exchange(Apdu(2, 0x03, Authentication(handle))), refused);
  const Bytes unenforced = Exchange(Apdu(2, 0x08, Authentication(handle)));
  ASSERT_GT(unenforced.size(), 7u);
  EXPECT_EQ(unenforced[0], 0x00);
  device_.key().controls().touch = TouchPolicy::kAuto;
  const Bytes signed_answer = Exchange(Apdu(2, 0x03, Authentication(handle)));
  ASSERT_GT(signed_answer.size(), 7u);
  EXPECT_EQ(signed_answer[0], 0x01);
  EXPECT_EQ(ReadBe32(signed_answer, 1), ReadBe32(unenforced, 1) + 1);
  EXPECT_EQ(Exchange(Apdu(2, 0x07, Authentication(handle))), refused)
      << "never signs, touched or not";
}

TEST_F(VirtualKeyU2fRaw, ATouchIsForOneRequest) {
  device_.key().controls().touch = TouchPolicy::kCommand;
  const Bytes request = Apdu(1, 0, Bytes(64, 0x22));
  EXPECT_EQ(Exchange(request).size(), 2u);
  device_.Touch();
  EXPECT_GT(Exchange(request).size(), 2u);
  EXPECT_EQ(Exchange(request).size(), 2u);
}

}  // namespace
}  // namespace fob::testing
