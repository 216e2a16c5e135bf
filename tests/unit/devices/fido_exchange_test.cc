#include "devices/fido/exchange.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace fob::fido {
namespace {

using Fault = Exchange::Fault;
using Stage = Exchange::Stage;

constexpr uint8_t kCbor = 0x90, kInit = 0x86, kKeepalive = 0xbb, kError = 0xbf;

Report Make(uint8_t channel, uint8_t command, const std::vector<uint8_t>& rest) {
  Report report{};
  std::fill(report.begin(), report.begin() + 4, channel);
  report[4] = command;
  std::copy(rest.begin(), rest.end(), report.begin() + 5);
  return report;
}

class FidoExchange : public ::testing::Test {
 protected:
  FidoExchange() { exchange_.Sent(Make(7, kCbor, {0, 1, 4})); }
  bool Take(uint8_t command, const std::vector<uint8_t>& rest) {
    return exchange_.Take(Make(7, command, rest));
  }
  Exchange exchange_;
};

TEST_F(FidoExchange, AnAnswerInOneReport) {
  EXPECT_EQ(exchange_.stage(), Stage::kNothing);
  EXPECT_TRUE(Take(kCbor, {0, 57}));
  EXPECT_EQ(exchange_.stage(), Stage::kAnswered);
  EXPECT_EQ(exchange_.fault(), Fault::kNone);
}

TEST_F(FidoExchange, AnAnswerInPieces) {
  EXPECT_TRUE(Take(kCbor, {0, 57 + 59 + 1}));
  EXPECT_EQ(exchange_.stage(), Stage::kInTheMiddle);
  EXPECT_TRUE(Take(0, {}));
  EXPECT_EQ(exchange_.stage(), Stage::kInTheMiddle);
  EXPECT_TRUE(Take(1, {}));
  EXPECT_EQ(exchange_.stage(), Stage::kAnswered);
  EXPECT_EQ(exchange_.fault(), Fault::kNone);
  EXPECT_TRUE(Take(2, {}));
  EXPECT_EQ(exchange_.fault(), Fault::kBadSequence) << "one piece too many";
}

TEST_F(FidoExchange, KeepalivesTellWhatTheKeyWaitsFor) {
  EXPECT_TRUE(Take(kKeepalive, {0, 1, 1}));
  EXPECT_EQ(exchange_.stage(), Stage::kProcessing);
  EXPECT_TRUE(Take(kKeepalive, {0, 1, 2}));
  EXPECT_EQ(exchange_.stage(), Stage::kWantsTouch);
  EXPECT_TRUE(Take(kCbor, {0, 1}));
  EXPECT_EQ(exchange_.stage(), Stage::kAnswered);
}

TEST_F(FidoExchange, PiecesOutOfOrderAreAFault) {
  EXPECT_TRUE(Take(kCbor, {1, 0}));
  EXPECT_TRUE(Take(1, {}));
  EXPECT_EQ(exchange_.fault(), Fault::kBadSequence);
}

TEST_F(FidoExchange, ASecondBeginningIsAFault) {
  EXPECT_TRUE(Take(kCbor, {1, 0}));
  EXPECT_TRUE(Take(kCbor, {1, 0}));
  EXPECT_EQ(exchange_.fault(), Fault::kBadSequence);
}

TEST_F(FidoExchange, APieceWithoutABeginningIsAFault) {
  EXPECT_TRUE(Take(0, {}));
  EXPECT_EQ(exchange_.fault(), Fault::kBadSequence);
}

TEST_F(FidoExchange, LengthsHaveALimit) {
  EXPECT_TRUE(Take(kCbor, {0x08, 0x00}));
  EXPECT_EQ(exchange_.fault(), Fault::kNone);
  exchange_.Sent(Make(7, kCbor, {0, 1, 4}));
  EXPECT_TRUE(Take(kCbor, {0x08, 0x01}));
  EXPECT_EQ(exchange_.fault(), Fault::kTooLong);
}

TEST_F(FidoExchange, OtherChannelsAreNotOurs) {
  EXPECT_FALSE(exchange_.Take(Make(8, kCbor, {0, 1})));
  EXPECT_EQ(exchange_.stage(), Stage::kElsewhere);
  EXPECT_TRUE(Take(kKeepalive, {0, 1, 2}));
  EXPECT_FALSE(exchange_.Take(Make(8, kCbor, {0, 1})));
  EXPECT_EQ(exchange_.stage(), Stage::kWantsTouch);
}

TEST_F(FidoExchange, AnInitIsOursByItsNonce) {
  const std::vector<uint8_t> ours = {0, 8, 1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<uint8_t> others = ours;
  others.back() = 9;
  exchange_.Sent(Make(0xff, kInit, ours));
  EXPECT_FALSE(exchange_.Take(Make(0xff, kInit, others)));
  EXPECT_EQ(exchange_.stage(), Stage::kNothing);
  EXPECT_TRUE(exchange_.Take(Make(0xff, kInit, ours)));
  EXPECT_EQ(exchange_.stage(), Stage::kAnswered);
}

TEST_F(FidoExchange, AnErrorIsKept) {
  EXPECT_EQ(exchange_.hid_error(), std::nullopt);
  EXPECT_TRUE(Take(kError, {0, 1, 6}));
  EXPECT_EQ(exchange_.hid_error(), 6);
  exchange_.Sent(Make(7, kCbor, {0, 1, 4}));
  EXPECT_EQ(exchange_.hid_error(), std::nullopt);
}

}  // namespace
}  // namespace fob::fido
