#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "devices/oath/hotp.h"

namespace fob::oath {
namespace {

SecretBytes RfcSecret() { return SecretBytes(std::string_view("12345678901234567890")); }

std::string CodeOf(const Hotp& hotp, int64_t counter) {
  return std::string(HotpCode(hotp, RfcSecret(), counter)->RevealText());
}

std::string Reason(const Result<int64_t>& result) {
  return result.ok() ? "" : result.error().reason;
}

TEST(Hotp, Rfc4226AppendixD) {
  const std::string_view codes[] = {"755224", "287082", "359152", "969429", "338314",
                                    "254676", "287922", "162583", "399871", "520489"};
  for (int64_t counter = 0; counter < 10; ++counter) {
    EXPECT_EQ(CodeOf({}, counter), codes[counter]);
    const auto matched = MatchHotp({}, RfcSecret(), codes[counter], counter, 0);
    ASSERT_TRUE(matched.ok()) << counter;
    EXPECT_EQ(*matched, counter);
  }
}

// The truncated values of appendix D, of which a code is the last digits.
TEST(Hotp, SevenAndEightDigitsAreMoreOfTheSameNumber) {
  const struct {
    std::string_view seven, eight;
  } rows[] = {{"4755224", "84755224"}, {"4287082", "94287082"}, {"7359152", "37359152"},
              {"6969429", "26969429"}, {"0338314", "40338314"}, {"8254676", "68254676"},
              {"8287922", "18287922"}, {"2162583", "82162583"}, {"3399871", "73399871"},
              {"5520489", "45520489"}};
  int64_t counter = 0;
  for (const auto& row : rows) {
    EXPECT_EQ(CodeOf({Algorithm::kSha1, 7}, counter), row.seven);
    EXPECT_EQ(CodeOf({Algorithm::kSha1, 8}, counter), row.eight);
    EXPECT_EQ(*MatchHotp({Algorithm::kSha1, 7}, RfcSecret(), row.seven, 0, 9), counter);
    EXPECT_EQ(*MatchHotp({Algorithm::kSha1, 8}, RfcSecret(), row.eight, 0, 9), counter);
    ++counter;
  }
}

TEST(Hotp, LooksAheadAndNeverBack) {
  for (int64_t counter = 0; counter <= 20; ++counter) {
    const auto matched = MatchHotp({}, RfcSecret(), CodeOf({}, counter), 8, 5);
    if (counter >= 8 && counter <= 13) {
      ASSERT_TRUE(matched.ok()) << counter;
      EXPECT_EQ(*matched, counter);
    } else {
      EXPECT_EQ(Reason(matched), "wrong_code") << counter;
    }
  }
}

// By chance two counters within the look-ahead have the same code.
TEST(Hotp, I18_ACodeThatFitsTwiceCountsOnce) {
  const Hotp hotp;
  std::vector<std::string> codes;
  for (int64_t counter = 0; counter <= 5000; ++counter) codes.push_back(CodeOf(hotp, counter));
  for (size_t i = 0; i < codes.size(); ++i) {
    for (size_t k = i + 1; k < codes.size() && k <= i + kMaxLookAhead; ++k) {
      if (codes[i] != codes[k]) continue;
      const auto matched =
          MatchHotp(hotp, RfcSecret(), codes[i], static_cast<int64_t>(i), kMaxLookAhead);
      ASSERT_TRUE(matched.ok());
      EXPECT_GE(*matched, static_cast<int64_t>(k));
      const int64_t next = *matched + 1;
      EXPECT_FALSE(MatchHotp(hotp, RfcSecret(), codes[i], next,
                             static_cast<int>(i + kMaxLookAhead) - static_cast<int>(next))
                       .ok());
      return;
    }
  }
  FAIL() << "no code stands twice";
}

TEST(Hotp, ResynchronisesByTwoCodesInARow) {
  const Hotp hotp;
  for (const int64_t counter : {3, 50, 199}) {
    const auto matched =
        ResyncHotp(hotp, RfcSecret(), CodeOf(hotp, counter), CodeOf(hotp, counter + 1), 3, 197);
    ASSERT_TRUE(matched.ok()) << counter;
    EXPECT_EQ(*matched, counter + 1);
  }
  const auto refused = [&](int64_t first, int64_t second) {
    return Reason(ResyncHotp(hotp, RfcSecret(), CodeOf(hotp, first), CodeOf(hotp, second), 3, 197));
  };
  EXPECT_EQ(refused(2, 3), "wrong_code") << "the first was used";
  EXPECT_EQ(refused(1, 2), "wrong_code");
  EXPECT_EQ(refused(200, 201), "wrong_code") << "beyond the window";
  EXPECT_EQ(refused(50, 50), "wrong_code");
  EXPECT_EQ(refused(50, 52), "wrong_code");
  EXPECT_EQ(refused(51, 50), "wrong_code");
  EXPECT_EQ(Reason(ResyncHotp(hotp, RfcSecret(), CodeOf(hotp, 50), CodeOf(hotp, 51), 50, 0)),
            "wrong_code")
      << "a window of one code holds no two";
  EXPECT_EQ(Reason(ResyncHotp(hotp, RfcSecret(), CodeOf(hotp, 50), "", 3, 197)), "wrong_code");
  EXPECT_EQ(Reason(ResyncHotp(hotp, RfcSecret(), "12345x", CodeOf(hotp, 51), 3, 197)),
            "wrong_code");
}

TEST(Hotp, EachHashMakesItsOwnCodes) {
  const SecretBytes secret = RfcSecret();
  const auto sha256 = HotpCode({Algorithm::kSha256, 8}, secret, 1);
  const auto sha512 = HotpCode({Algorithm::kSha512, 8}, secret, 1);
  ASSERT_TRUE(sha256.ok() && sha512.ok());
  EXPECT_FALSE(*sha256 == *sha512);
  EXPECT_TRUE(MatchHotp({Algorithm::kSha256, 8}, secret, sha256->RevealText(), 0, 3).ok());
  EXPECT_FALSE(MatchHotp({Algorithm::kSha1, 8}, secret, sha256->RevealText(), 0, 3).ok());
}

TEST(Hotp, BadParametersAreNotAWrongCode) {
  const SecretBytes secret = RfcSecret();
  for (const Hotp& hotp : {Hotp{Algorithm::kSha1, 5}, Hotp{Algorithm::kSha1, 9}}) {
    EXPECT_EQ(Reason(MatchHotp(hotp, secret, "123456", 0, 1)), "bad_parameters");
    EXPECT_EQ(Reason(ResyncHotp(hotp, secret, "123456", "123456", 0, 1)), "bad_parameters");
  }
  EXPECT_EQ(Reason(MatchHotp({}, SecretBytes(), "123456", 0, 1)), "bad_parameters");
  EXPECT_EQ(Reason(MatchHotp({}, secret, "123456", -1, 1)), "bad_parameters");
  EXPECT_EQ(Reason(MatchHotp({}, secret, "123456", kMaxCounter + 1, 1)), "bad_parameters");
  EXPECT_EQ(Reason(MatchHotp({}, secret, "123456", 0, -1)), "bad_parameters");
  EXPECT_EQ(Reason(MatchHotp({}, secret, "123456", 0, kMaxLookAhead + 1)), "bad_parameters");
  EXPECT_EQ(HotpCode({}, secret, -1).error().reason, "bad_parameters");
  EXPECT_TRUE(MatchHotp({}, secret, CodeOf({}, kMaxCounter), kMaxCounter, 0).ok());
}

TEST(Hotp, I18_OnlyExactDigitsAreACode) {
  for (const std::string_view typed :
       {"", "55224", "0755224", "+55224", "75522x", "755224\n", "7552240"})
    EXPECT_EQ(Reason(MatchHotp({}, RfcSecret(), typed, 0, 5)), "wrong_code") << typed;
}

}  // namespace
}  // namespace fob::oath
