#include <gtest/gtest.h>

#include "tests/support/virtual_key/seeded_random.h"
#include "tests/unit/virtual_key/raw_host.h"

namespace fob::testing {
namespace {

constexpr uint8_t kSelectionCommand = 0x0b;

class VirtualKeyHid : public ::testing::Test {
 protected:
  InProcessDevice device_;
  RawHost host_{device_};

  VirtualKey::Status Status() { return device_.key().status(device_.now_ms()); }
  // The key waits for a touch on this channel.
  void StartWaiting(uint32_t channel) {
    device_.key().controls().touch = TouchPolicy::kCommand;
    host_.Send(channel, HidCommand::kCbor, {kSelectionCommand});
    const auto keepalive = host_.Receive();
    ASSERT_TRUE(keepalive);
    ASSERT_EQ(keepalive->command, HidCommand::kKeepalive);
    EXPECT_EQ(keepalive->payload, Bytes{kKeepaliveUpNeeded});
  }
};

TEST_F(VirtualKeyHid, AllocatesAChannelForEachInit) {
  const uint32_t first = host_.OpenChannel();
  const uint32_t second = host_.OpenChannel();
  EXPECT_NE(first, 0u);
  EXPECT_NE(second, 0u);
  EXPECT_NE(first, second);
}

TEST_F(VirtualKeyHid, EchoesPingsOfEverySize) {
  const uint32_t channel = host_.OpenChannel();
  for (const size_t size :
       {size_t{0}, size_t{1}, kInitDataSize, kInitDataSize + 1, size_t{1024}, kMaxMessageSize}) {
    const Bytes payload(size, 0x5a);
    host_.Send(channel, HidCommand::kPing, payload);
    const auto answer = host_.Receive();
    ASSERT_TRUE(answer) << size;
    EXPECT_EQ(answer->payload, payload);
  }
}

TEST_F(VirtualKeyHid, RefusesUnknownChannelsCommandsAndLengths) {
  const uint32_t channel = host_.OpenChannel();
  host_.Send(channel + 1, HidCommand::kPing, {1});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidChannel);
  host_.Send(0, HidCommand::kPing, {1});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidChannel);
  host_.Send(kBroadcastChannel, HidCommand::kPing, {1});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidChannel);
  host_.Send(channel, static_cast<HidCommand>(0x2a), {1});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidCommand);
  host_.SendReport(channel, 0x81, {0xff, 0xff});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidLength);
  host_.Send(kBroadcastChannel, HidCommand::kInit, {1, 2, 3});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidLength);
}

TEST_F(VirtualKeyHid, RefusesASequenceOutOfOrder) {
  const uint32_t channel = host_.OpenChannel();
  host_.SendReport(channel, 0x81, {0x00, 0xc8});
  host_.SendReport(channel, 0x01, {});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidSequence);
  host_.SendReport(channel, 0x81, {0x00, 0xc8});
  host_.SendReport(channel, 0x81, {0x00, 0xc8});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidSequence);
  host_.SendReport(channel, 0x00, {});
  EXPECT_FALSE(host_.Receive()) << "a stray continuation is ignored";
  host_.Send(channel, HidCommand::kPing, {7});
  EXPECT_EQ(host_.Receive()->payload, Bytes{7});
}

TEST_F(VirtualKeyHid, GivesUpOnACutMessage) {
  const uint32_t channel = host_.OpenChannel();
  host_.SendReport(channel, 0x81, {0x00, 0xc8});
  EXPECT_EQ(host_.ReceiveError(), HidError::kMessageTimeout);
  host_.Send(channel, HidCommand::kPing, {7});
  EXPECT_TRUE(host_.Receive());
}

TEST_F(VirtualKeyHid, InitResynchronisesItsChannel) {
  const uint32_t channel = host_.OpenChannel();
  host_.SendReport(channel, 0x81, {0x00, 0xc8});
  host_.Send(channel, HidCommand::kInit, Bytes(8, 9));
  const auto answer = host_.Receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->command, HidCommand::kInit);
  EXPECT_EQ(ReadBe32(answer->payload, 8), channel);
  EXPECT_FALSE(host_.Receive()) << "the message before it is forgotten";
}

TEST_F(VirtualKeyHid, OneTransactionAtATime) {
  const uint32_t first = host_.OpenChannel();
  const uint32_t second = host_.OpenChannel();
  StartWaiting(first);
  host_.Send(second, HidCommand::kPing, {1});
  EXPECT_EQ(host_.ReceiveError(), HidError::kChannelBusy);
  host_.Send(kBroadcastChannel, HidCommand::kInit, Bytes(8, 1));
  EXPECT_EQ(host_.ReceiveError(), HidError::kChannelBusy);
  host_.Send(first, HidCommand::kPing, {1});
  EXPECT_EQ(host_.ReceiveError(), HidError::kChannelBusy);
  host_.Send(second, HidCommand::kCancel, {});
  EXPECT_TRUE(Status().waiting) << "only the owner cancels";
  EXPECT_EQ(Status().cancels, 0);
  device_.Touch();
  EXPECT_EQ(host_.ReceiveFinal()->payload, Bytes{0x00});
  host_.Send(second, HidCommand::kPing, {1});
  EXPECT_EQ(host_.Receive()->payload, Bytes{1});
}

TEST_F(VirtualKeyHid, KeepsAliveEveryHundredMilliseconds) {
  const uint32_t channel = host_.OpenChannel();
  StartWaiting(channel);
  for (int i = 0; i < 5; ++i) {
    const int64_t before = device_.now_ms();
    const auto message = host_.Receive();
    ASSERT_EQ(message->command, HidCommand::kKeepalive);
    EXPECT_EQ(device_.now_ms() - before, 100);
  }
}

TEST_F(VirtualKeyHid, CancelEndsTheWait) {
  const uint32_t channel = host_.OpenChannel();
  StartWaiting(channel);
  host_.Send(channel, HidCommand::kCancel, {});
  const auto answer = host_.ReceiveFinal();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->payload, Bytes{0x2d});
  EXPECT_EQ(Status().cancels, 1);
  EXPECT_FALSE(Status().waiting);
  host_.Send(channel, HidCommand::kCancel, {});
  EXPECT_FALSE(host_.Receive()) << "nothing to cancel, nothing to say";
}

TEST_F(VirtualKeyHid, InitOnItsOwnChannelEndsTheWait) {
  const uint32_t channel = host_.OpenChannel();
  StartWaiting(channel);
  host_.Send(channel, HidCommand::kInit, Bytes(8, 1));
  EXPECT_EQ(host_.ReceiveFinal()->command, HidCommand::kInit);
  EXPECT_FALSE(Status().waiting);
}

TEST_F(VirtualKeyHid, LockKeepsOthersOut) {
  const uint32_t first = host_.OpenChannel();
  const uint32_t second = host_.OpenChannel();
  host_.Send(first, HidCommand::kLock, {2});
  EXPECT_EQ(host_.Receive()->command, HidCommand::kLock);
  host_.Send(second, HidCommand::kPing, {1});
  EXPECT_EQ(host_.ReceiveError(), HidError::kChannelBusy);
  host_.Send(first, HidCommand::kPing, {1});
  EXPECT_TRUE(host_.Receive());
  device_.Advance(2'001);
  host_.Send(second, HidCommand::kPing, {1});
  EXPECT_EQ(host_.Receive()->payload, Bytes{1});
}

TEST_F(VirtualKeyHid, WinksAndCounts) {
  const uint32_t channel = host_.OpenChannel();
  host_.Send(channel, HidCommand::kWink, {});
  EXPECT_EQ(host_.Receive()->command, HidCommand::kWink);
  EXPECT_EQ(Status().winks, 1);
}

TEST_F(VirtualKeyHid, RefusesCborThatIsNotCanonical) {
  const uint32_t channel = host_.OpenChannel();
  const auto status = [&](const Bytes& request) {
    host_.Send(channel, HidCommand::kCbor, request);
    return host_.ReceiveFinal()->payload;
  };
  EXPECT_EQ(status({}), Bytes{0x03});
  EXPECT_EQ(status({0x55}), Bytes{0x01});
  EXPECT_EQ(status({0x02}), Bytes{0x12});
  EXPECT_EQ(status({0x02, 0x80}), Bytes{0x11});
  EXPECT_EQ(status({0x02, 0xa0}), Bytes{0x14});
  EXPECT_EQ(status({0x02, 0xa0, 0x00}), Bytes{0x12});
  EXPECT_EQ(status({0x08}), Bytes{0x30});
}

// Reports at random, half of them on an open channel with a command that exists, and CBOR of its
// own mutated.
TEST_F(VirtualKeyHid, SurvivesNoise) {
  SeededRandom random(1);
  uint32_t channel = host_.OpenChannel();
  const Bytes assertion = {0x02, 0xa2, 0x01, 0x61, 'a', 0x02, 0x58, 0x20};
  for (int i = 0; i < 20'000; ++i) {
    const Bytes noise = random.Take(80);
    if (noise[64] < 0x40) {
      host_.SendReport(channel, noise[65] | 0x80, Bytes(noise.begin(), noise.begin() + 59));
    } else if (noise[64] < 0xc0) {
      Bytes request = Concat(assertion, Bytes(32, 1));
      request[noise[66] % request.size()] = noise[67];
      host_.Send(channel, noise[68] % 4 == 0 ? HidCommand::kMsg : HidCommand::kCbor, request);
    } else {
      device_.Write(ReportView(noise.data(), kReportSize));
    }
    while (device_.Read(0)) {
    }
    device_.Advance(noise[69]);
  }
  device_.Advance(60'000);
  while (device_.Read(10'000)) {
  }
  channel = host_.OpenChannel();
  ASSERT_NE(channel, 0u);
  host_.Send(channel, HidCommand::kPing, {1});
  EXPECT_EQ(host_.Receive()->payload, Bytes{1});
}

TEST_F(VirtualKeyHid, UnpluggedIsDeafAndPluggedAgainIsFresh) {
  const uint32_t channel = host_.OpenChannel();
  StartWaiting(channel);
  device_.key().Unplug();
  host_.Send(channel, HidCommand::kPing, {1});
  EXPECT_FALSE(host_.Receive());
  device_.key().Plug(device_.now_ms());
  host_.Send(channel, HidCommand::kPing, {1});
  EXPECT_EQ(host_.ReceiveError(), HidError::kInvalidChannel);
  EXPECT_NE(host_.OpenChannel(), 0u);
}

}  // namespace
}  // namespace fob::testing
