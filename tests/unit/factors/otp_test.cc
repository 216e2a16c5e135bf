#include <gtest/gtest.h>

#include "daemon/factors/factor_verifier.h"
#include "devices/oath/hotp.h"
#include "devices/oath/totp.h"

namespace fob::factors {
namespace {

const FactorVerifier kVerifier{std::move(crypto::AttestationCertificates::Create({})).value()};

core::OtpRecord Record(core::OtpKind kind, core::OtpAlgorithm algorithm = core::OtpAlgorithm::kSha1, int digits = 6) {
  core::OtpRecord otp;
  otp.user = "anna";
  otp.kind = kind;
  otp.algorithm = algorithm;
  otp.digits = digits;
  otp.secret = SecretBytes(std::string_view("12345678901234567890"));
  return otp;
}

SecretBytes HotpCode(int64_t counter) {
  return *oath::HotpCode({}, Record(core::OtpKind::kHotp).secret, counter);
}

std::string Reason(const Result<int64_t>& result) { return result.ok() ? "" : result.error().reason; }

TEST(Otp, ACounterCountsFromTheOneAfterTheLast) {
  core::OtpRecord otp = Record(core::OtpKind::kHotp);
  EXPECT_EQ(*kVerifier.MatchHotp(otp, HotpCode(0), 5), 0) << "a new token begins at 0";
  otp.last_step = 7;
  EXPECT_EQ(Reason(kVerifier.MatchHotp(otp, HotpCode(7), 5)), "wrong_code");
  EXPECT_EQ(*kVerifier.MatchHotp(otp, HotpCode(8), 5), 8);
  EXPECT_EQ(*kVerifier.MatchHotp(otp, HotpCode(13), 5), 13);
  EXPECT_EQ(Reason(kVerifier.MatchHotp(otp, HotpCode(14), 5)), "wrong_code");
  EXPECT_EQ(*kVerifier.ResyncHotp(otp, HotpCode(90), HotpCode(91), 100), 91);
  EXPECT_EQ(Reason(kVerifier.ResyncHotp(otp, HotpCode(7), HotpCode(8), 100)), "wrong_code");
  EXPECT_EQ(*kVerifier.MatchHotp(otp, SecretBytes("399 871"), 5), 8) << "spaces are not part of a code";
}

TEST(Otp, AKindIsNotTheOther) {
  const SecretBytes code = HotpCode(0);
  EXPECT_EQ(Reason(kVerifier.MatchTotp(Record(core::OtpKind::kHotp), code, 0, 1)), "bad_parameters");
  EXPECT_EQ(Reason(kVerifier.MatchHotp(Record(core::OtpKind::kTotp), code, 1)), "bad_parameters");
  EXPECT_EQ(Reason(kVerifier.ResyncHotp(Record(core::OtpKind::kTotp), code, code, 1)), "bad_parameters");
}

TEST(Otp, EveryHashLengthAndPeriod) {
  for (const auto algorithm : {core::OtpAlgorithm::kSha1, core::OtpAlgorithm::kSha256, core::OtpAlgorithm::kSha512}) {
    for (const int digits : {6, 7, 8}) {
      for (const int period : {30, 60}) {
        core::OtpRecord otp = Record(core::OtpKind::kTotp, algorithm, digits);
        otp.period = period;
        const oath::Totp parameters{static_cast<oath::Algorithm>(algorithm), digits, period};
        const SecretBytes code = *oath::TotpCode(parameters, otp.secret, 1000);
        EXPECT_EQ(code.size(), static_cast<size_t>(digits));
        EXPECT_EQ(*kVerifier.MatchTotp(otp, code, 1000 * period, 1), 1000);
        EXPECT_EQ(*kVerifier.MatchTotp(otp, code, 1002 * period - 1, 1), 1000);
        EXPECT_EQ(Reason(kVerifier.MatchTotp(otp, code, 1002 * period, 1)), "wrong_code");
      }
    }
  }
}

TEST(Otp, UrisTellTheKindAndTheNextCounter) {
  core::OtpRecord otp = Record(core::OtpKind::kHotp);
  otp.last_step = 40;
  const SecretBytes uri = kVerifier.OtpAuthUri(otp, "login.example.org");
  EXPECT_EQ(uri.RevealText(),
            "otpauth://hotp/login.example.org:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&issuer=login.example.org&algorithm=SHA1&digits=6&counter=41");
  const auto back = kVerifier.ParseOtpAuthUri(uri);
  ASSERT_TRUE(back.ok()) << back.error().text;
  EXPECT_EQ(back->kind, core::OtpKind::kHotp);
  EXPECT_EQ(back->last_step, 40);
  EXPECT_TRUE(back->secret == otp.secret);

  const auto totp = kVerifier.ParseOtpAuthUri(kVerifier.OtpAuthUri(Record(core::OtpKind::kTotp), ""));
  ASSERT_TRUE(totp.ok());
  EXPECT_EQ(totp->kind, core::OtpKind::kTotp);
  EXPECT_EQ(totp->last_step, -1);
  EXPECT_EQ(kVerifier.ParseOtpAuthUri(SecretBytes("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&period=45")).error().reason,
            "bad_period");
}

}  // namespace
}  // namespace fob::factors
