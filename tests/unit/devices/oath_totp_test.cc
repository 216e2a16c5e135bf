#include "devices/oath/totp.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"

namespace fob::oath {
namespace {

// RFC 6238 appendix B: ASCII digits repeated to the length of the hash.
SecretBytes RfcSecret(Algorithm algorithm) {
  const size_t size = algorithm == Algorithm::kSha1     ? 20
                      : algorithm == Algorithm::kSha256 ? 32
                                                        : 64;
  std::string secret;
  while (secret.size() < size) secret += "1234567890";
  return SecretBytes(std::string_view(secret).substr(0, size));
}

TEST(Totp, Rfc6238AppendixB) {
  const struct {
    int64_t time;
    std::string_view sha1, sha256, sha512;
  } rows[] = {
      {59, "94287082", "46119246", "90693936"},
      {1111111109, "07081804", "68084774", "25091201"},
      {1111111111, "14050471", "67062674", "99943326"},
      {1234567890, "89005924", "91819424", "93441116"},
      {2000000000, "69279037", "90698825", "38618901"},
      {20000000000, "65353130", "77737706", "47863826"},
  };
  for (const auto& row : rows) {
    for (const auto& [algorithm, code] :
         {std::pair{Algorithm::kSha1, row.sha1}, std::pair{Algorithm::kSha256, row.sha256},
          std::pair{Algorithm::kSha512, row.sha512}}) {
      const auto step = MatchTotp({algorithm, 8, 30}, RfcSecret(algorithm), code, row.time, 0);
      ASSERT_TRUE(step.ok()) << row.time << " " << code;
      EXPECT_EQ(*step, row.time / 30);
    }
  }
}

TEST(Totp, Rfc4226AppendixD) {
  const std::string_view codes[] = {"755224", "287082", "359152", "969429", "338314",
                                    "254676", "287922", "162583", "399871", "520489"};
  const SecretBytes secret = RfcSecret(Algorithm::kSha1);
  for (int64_t counter = 0; counter < 10; ++counter) {
    const auto code = TotpCode({}, secret, counter);
    ASSERT_TRUE(code.ok());
    EXPECT_EQ(code->RevealText(), codes[counter]);
    const auto step = MatchTotp({}, secret, codes[counter], counter * 30 + 29, 0);
    ASSERT_TRUE(step.ok());
    EXPECT_EQ(*step, counter);
  }
}

TEST(Totp, WindowReachesItsStepsAndNoFurther) {
  const SecretBytes secret = RfcSecret(Algorithm::kSha1);
  const Totp totp;
  const int64_t now = 1111111109;
  for (int64_t offset = -3; offset <= 3; ++offset) {
    const auto code = TotpCode(totp, secret, now / 30 + offset);
    ASSERT_TRUE(code.ok());
    const auto step = MatchTotp(totp, secret, code->RevealText(), now, 1);
    if (offset >= -1 && offset <= 1) {
      ASSERT_TRUE(step.ok()) << offset;
      EXPECT_EQ(*step, now / 30 + offset);
    } else {
      ASSERT_FALSE(step.ok()) << offset;
      EXPECT_EQ(step.error().reason, "wrong_code");
    }
  }
}

TEST(Totp, StepsChangeAtThePeriodsEdge) {
  const SecretBytes secret = RfcSecret(Algorithm::kSha1);
  for (const int period : {30, 60}) {
    const Totp totp{Algorithm::kSha1, 6, period};
    const auto code = TotpCode(totp, secret, 7);
    ASSERT_TRUE(code.ok());
    EXPECT_FALSE(MatchTotp(totp, secret, code->RevealText(), 7 * period - 1, 0).ok());
    EXPECT_TRUE(MatchTotp(totp, secret, code->RevealText(), 7 * period, 0).ok());
    EXPECT_TRUE(MatchTotp(totp, secret, code->RevealText(), 8 * period - 1, 0).ok());
    EXPECT_FALSE(MatchTotp(totp, secret, code->RevealText(), 8 * period, 0).ok());
  }
}

TEST(Totp, I18_SpacesAndLeadingZerosDoNotMakeAnotherCode) {
  const SecretBytes secret = RfcSecret(Algorithm::kSha1);
  const Totp totp{Algorithm::kSha1, 8, 30};
  const int64_t now = 1111111109;  // "07081804"
  for (const std::string_view typed : {"07081804", "0708 1804", " 07081804 ", "0 7 0 8 1 8 0 4"}) {
    const auto step = MatchTotp(totp, secret, NormalizeCode(typed).RevealText(), now, 1);
    ASSERT_TRUE(step.ok()) << typed;
    EXPECT_EQ(*step, now / 30);
  }
  for (const std::string_view typed :
       {"7081804", "007081804", "+7081804", "07081804\n", "0708-1804", "", "07081804x",
        "\t07081804", "０７０８１８０４", "0x081804", "-7081804"}) {
    const auto step = MatchTotp(totp, secret, NormalizeCode(typed).RevealText(), now, 1);
    ASSERT_FALSE(step.ok()) << typed;
    EXPECT_EQ(step.error().code, Code::kDenied);
    EXPECT_EQ(step.error().reason, "wrong_code");
  }
  // Unnormalised, spaces are not part of a code.
  EXPECT_FALSE(MatchTotp(totp, secret, " 07081804", now, 1).ok());
}

TEST(Totp, BadParametersAreNotAWrongCode) {
  const SecretBytes secret = RfcSecret(Algorithm::kSha1);
  for (const Totp& totp :
       {Totp{Algorithm::kSha1, 5, 30}, Totp{Algorithm::kSha1, 9, 30}, Totp{Algorithm::kSha1, 6, 0},
        Totp{Algorithm::kSha1, 6, kMaxPeriod + 1}}) {
    EXPECT_EQ(MatchTotp(totp, secret, "123456", 1000, 1).error().reason, "bad_parameters");
  }
  EXPECT_EQ(MatchTotp({}, SecretBytes(), "123456", 1000, 1).error().reason, "bad_parameters");
  EXPECT_EQ(MatchTotp({}, secret, "123456", -1, 1).error().reason, "bad_parameters");
  EXPECT_EQ(MatchTotp({}, secret, "123456", 1000, kMaxWindowSteps + 1).error().reason,
            "bad_parameters");
  EXPECT_EQ(TotpCode({}, secret, -1).error().reason, "bad_parameters");
  // At the epoch the window ends at step 0.
  EXPECT_TRUE(MatchTotp({}, secret, "755224", 0, 5).ok());
}

}  // namespace
}  // namespace fob::oath
