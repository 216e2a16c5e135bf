#include "daemon/core/worker_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fob::core {
namespace {

using ::testing::ElementsAre;

TEST(WorkerWords, NamesOfDevicesAreShortAndPrintable) {
  proto::Progress progress{proto::Progress::Kind::kTouch, "Blue\x1b[2J\n\xc3\xa4" + std::string(90, 'x'), 999};
  Tidy(progress);
  EXPECT_EQ(progress.device->size(), 64u);
  EXPECT_TRUE(progress.device->starts_with("Blue?[2J???x")) << *progress.device;
  EXPECT_EQ(progress.retries, 255);
  proto::PinNeeded needed{std::string(1000, '\0'), -5, {}};
  Tidy(needed);
  EXPECT_EQ(needed.device, std::string(64, '?'));
  EXPECT_EQ(needed.retries, 0);
  proto::Assertion assertion;
  assertion.device = std::string(100, 'a');
  Tidy(assertion);
  EXPECT_EQ(assertion.device.size(), 64u);
}

TEST(WorkerWords, TransportsAreAFewShortWordsEachOnce) {
  proto::MadeCredential made;
  made.format = "packed";
  made.transports = {"usb", "nfc", "usb", "", "SHOUT", "sm\nart", std::string(33, 'a'), "smart-card"};
  ASSERT_TRUE(Tidy(made).ok());
  EXPECT_THAT(made.transports, ElementsAre("nfc", "smart-card", "usb"));
  made.transports.clear();
  for (int i = 0; i < 1000; ++i) made.transports.push_back("t" + std::to_string(i));
  ASSERT_TRUE(Tidy(made).ok());
  EXPECT_EQ(made.transports.size(), 8u);
}

TEST(WorkerWords, AModelIsToldAsThoseOfEnrolledKeysAre) {
  proto::Device device;
  device.aaguid = "Zm9iLXZpcnR1YWwta2V5MQ";
  EXPECT_TRUE(Tidy(device));
  EXPECT_EQ(device.aaguid, "666f622d-7669-7274-7561-6c2d6b657931");
  for (const char* none : {"", "Zm9i", "no base64!", "666f622d-7669-7274-7561-6c2d6b657931"}) {
    device.aaguid = none;
    EXPECT_TRUE(Tidy(device));
    EXPECT_FALSE(device.aaguid.has_value()) << none;
  }
}

TEST(WorkerWords, AFormatIsAWord) {
  proto::MadeCredential made;
  for (const std::string& format : std::vector<std::string>{"", "Packed", "packed\n", std::string(33, 'a')}) {
    made.format = format;
    EXPECT_FALSE(Tidy(made).ok()) << format;
  }
  made.format = "android-safetynet";
  EXPECT_TRUE(Tidy(made).ok());
}

TEST(WorkerWords, AReasonIsAWordAndItsTextShort) {
  const Error good = Tidied(MakeError(Code::kDenied, "wrong_pin", "7 tries\x1b left" + std::string(999, 'x')));
  EXPECT_EQ(good.reason, "wrong_pin");
  EXPECT_TRUE(good.text.starts_with("7 tries? left"));
  EXPECT_EQ(good.text.size(), 300u);
  for (const std::string& reason : {std::string(), std::string("Two Words"), std::string(33, 'a'),
                                    std::string("line\nbreak"), std::string(60'000, 'a')}) {
    const Error bad = Tidied(MakeError(Code::kDenied, reason, "x"));
    EXPECT_EQ(bad.reason, "bad_worker");
    EXPECT_EQ(bad.code, Code::kUnavailable);
  }
}

}  // namespace
}  // namespace fob::core
