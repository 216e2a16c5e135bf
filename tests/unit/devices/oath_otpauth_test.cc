#include "devices/oath/otpauth.h"

#include <gtest/gtest.h>

namespace fob::oath {
namespace {

constexpr std::string_view kSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";  // "12345678901234567890"

TEST(OtpAuth, ReadsEveryParameter) {
  const auto otp = ParseOtpAuth(
      "otpauth://totp/"
      "ACME%20Co:john.doe%40email.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=ACME%20Co"
      "&algorithm=SHA256&digits=8&period=60");
  ASSERT_TRUE(otp.ok()) << otp.error().text;
  EXPECT_EQ(otp->kind, OtpAuth::Kind::kTotp);
  EXPECT_EQ(otp->issuer, "ACME Co");
  EXPECT_EQ(otp->account, "john.doe@email.com");
  EXPECT_EQ(otp->secret.RevealText(), "12345678901234567890");
  EXPECT_EQ(otp->algorithm, Algorithm::kSha256);
  EXPECT_EQ(otp->digits, 8);
  EXPECT_EQ(otp->period, 60);
}

TEST(OtpAuth, DefaultsAreThoseOfTheKeyUriFormat) {
  const auto otp = ParseOtpAuth("otpauth://totp/anna?secret=" + std::string(kSecret));
  ASSERT_TRUE(otp.ok());
  EXPECT_EQ(otp->issuer, "");
  EXPECT_EQ(otp->account, "anna");
  EXPECT_EQ(otp->algorithm, Algorithm::kSha1);
  EXPECT_EQ(otp->digits, 6);
  EXPECT_EQ(otp->period, 30);
}

TEST(OtpAuth, AcceptsTheSpellingsThatOccur) {
  for (const std::string_view uri : {
           "otpauth://totp/a?secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq",  // lower case
           "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGE======",          // 11 bytes, padded
           "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGE",                // without padding
           "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ",                  // 10 bytes
           "otpauth://totp/Iss%3A%20a?secret=GEZDGNBVGY3TQOJQ&algorithm=sha512",  // encoded colon
           "otpauth://hotp/a?secret=GEZDGNBVGY3TQOJQ&counter=0",
           "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&image=https%3A%2F%2Fexample.org%2Flogo",
           "otpauth://totp/%C3%A4nn%C3%A4?secret=GEZDGNBVGY3TQOJQ&issuer=",
       }) {
    const auto otp = ParseOtpAuth(uri);
    EXPECT_TRUE(otp.ok()) << uri << ": " << otp.error().text;
  }
}

TEST(OtpAuth, RefusesEverythingElse) {
  const std::string s = "secret=" + std::string(kSecret);
  const std::string t = "otpauth://totp/a?";
  for (const std::string& uri :
       std::initializer_list<std::string>{"",
                                          "http://totp/a?" + s,
                                          "otpauth:totp/a?" + s,
                                          "OTPAUTH://totp/a?" + s,
                                          "otpauth://steam/a?" + s,
                                          "otpauth://totp/?" + s,
                                          "otpauth://totp/a",
                                          "otpauth://totp/a?",
                                          t + "issuer=x",
                                          t + s + "&" + s,
                                          t + s + "&issuer=x&issuer=x",
                                          t + s + "&",
                                          t + "&" + s,
                                          t + s + "&digits",
                                          t + s + "&digits=5",
                                          t + s + "&digits=9",
                                          t + s + "&digits=06",
                                          t + s + "&digits=+6",
                                          t + s + "&period=0",
                                          t + s + "&period=301",
                                          t + s + "&period=30s",
                                          t + s + "&period=",
                                          t + s + "&algorithm=MD5",
                                          t + s + "&algorithm=SHA",
                                          t + s + "&encoder=steam",
                                          t + s + "&counter=1",
                                          "otpauth://hotp/a?" + s,
                                          "otpauth://hotp/a?" + s + "&counter=-1",
                                          "otpauth://hotp/a?" + s + "&counter=1&period=30",
                                          "otpauth://hotp/a?" + s + "&counter=1000000000000000000",
                                          t + "secret=",
                                          t + "secret=GEZDGNBV",
                                          t + "secret=1EZDGNBVGY3TQOJQ",
                                          t + "secret=GEZDGNBVGY3TQOJ0",
                                          t + "secret=GEZDGNBVGY3TQOJQG",
                                          t + "secret=GEZDGNBVGY3TQOJQGF",
                                          t + "secret=GEZDGNBVGY3TQOJQGE=",
                                          t + "secret=GEZDGNBVGY3TQOJQGE=====A",
                                          t + "secret=GEZD GNBV GY3T QOJQ",
                                          t + "secret=" + std::string(104, 'A'),
                                          t + s + "#x",
                                          "otpauth://totp/%zz?" + s,
                                          "otpauth://totp/a%4?" + s,
                                          "otpauth://totp/%ff?" + s,
                                          "otpauth://totp/a%00?" + s,
                                          "otpauth://totp/a%1b?" + s,
                                          "otpauth://totp/%c0%af?" + s,
                                          "otpauth://totp/%ed%a0%80?" + s,
                                          "otpauth://totp/:a?" + s,
                                          "otpauth://totp/x:?" + s,
                                          "otpauth://totp/x:a?" + s + "&issuer=y",
                                          t + s + "&x=" + std::string(kMaxOtpAuth, 'x')}) {
    const auto otp = ParseOtpAuth(uri);
    ASSERT_FALSE(otp.ok()) << uri;
    EXPECT_EQ(otp.error().code, Code::kInvalidArgument) << uri;
    EXPECT_EQ(otp.error().reason, "bad_otpauth") << uri;
    EXPECT_EQ(otp.error().text.find(kSecret), std::string::npos);
  }
}

TEST(OtpAuth, SecretSizesAtTheEdges) {
  for (const size_t size : {kMinImportSecret - 1, kMinImportSecret, kMaxSecret, kMaxSecret + 1}) {
    OtpAuth otp;
    otp.account = "a";
    otp.secret = SecretBytes(size);
    const bool fits = size >= kMinImportSecret && size <= kMaxSecret;
    EXPECT_EQ(ParseOtpAuth(FormatOtpAuth(otp).RevealText()).ok(), fits) << size;
  }
}

TEST(OtpAuth, WhatIsFormattedReadsBackTheSame) {
  for (const auto kind : {OtpAuth::Kind::kTotp, OtpAuth::Kind::kHotp}) {
    OtpAuth otp;
    otp.kind = kind;
    otp.issuer = "Müller & Söhne?#";
    otp.account = "anna@host/x y%";
    otp.secret = SecretBytes(std::string_view("\x00\xff\x80 twenty-one bytes", 20));
    otp.algorithm = Algorithm::kSha512;
    otp.digits = 7;
    otp.period = 60;
    otp.counter = 41;
    const SecretBytes uri = FormatOtpAuth(otp);
    const auto back = ParseOtpAuth(uri.RevealText());
    ASSERT_TRUE(back.ok()) << back.error().text;
    EXPECT_EQ(back->kind, kind);
    EXPECT_EQ(back->issuer, otp.issuer);
    EXPECT_EQ(back->account, otp.account);
    EXPECT_TRUE(back->secret == otp.secret);
    EXPECT_EQ(back->algorithm, otp.algorithm);
    EXPECT_EQ(back->digits, otp.digits);
    EXPECT_EQ(kind == OtpAuth::Kind::kTotp ? back->period : back->counter,
              kind == OtpAuth::Kind::kTotp ? 60 : 41);
    EXPECT_TRUE(FormatOtpAuth(*back) == uri);
  }
}

TEST(OtpAuth, FormatIsExact) {
  OtpAuth otp;
  otp.issuer = "Example Ltd";
  otp.account = "anna";
  otp.secret = SecretBytes(std::string_view("12345678901234567890"));
  EXPECT_EQ(FormatOtpAuth(otp).RevealText(),
            "otpauth://totp/"
            "Example%20Ltd:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example%20Ltd"
            "&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace fob::oath
