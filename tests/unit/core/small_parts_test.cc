// Enrolment codes, names, and how records are shown.

#include <gtest/gtest.h>

#include <set>

#include "daemon/core/context.h"
#include "daemon/core/one_time_code.h"
#include "daemon/core/present.h"
#include "tests/support/core_fakes/seeded_random.h"

namespace fob::core {
namespace {

TEST(EnrolCode, IsFourGroupsOfBase32AndNeverTheSame) {
  testing::SeededRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const SecretBytes code = NewOneTimeCode(random);
    const std::string text(code.RevealText());
    ASSERT_EQ(text.size(), 19u) << text;
    for (size_t at = 0; at < text.size(); ++at) {
      if (at % 5 == 4) {
        EXPECT_EQ(text[at], '-');
      } else {
        EXPECT_NE(std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").find(text[at]), std::string::npos)
            << text;
      }
    }
    EXPECT_TRUE(seen.insert(text).second);
  }
}

TEST(EnrolCode, CaseDashesAndSpacesMakeNoOtherCode) {
  const SecretBytes plain("ABCDEFGHIJKLMNOP");
  for (const char* typed : {"ABCD-EFGH-IJKL-MNOP", "abcd-efgh-ijkl-mnop", " abcd efgh\tijkl mnop ",
                            "ABCDEFGHIJKLMNOP"}) {
    EXPECT_TRUE(NormalizeOneTimeCode(SecretBytes(typed)) == plain) << typed;
  }
  for (const char* other :
       {"ABCD-EFGH-IJKL-MNO", "ABCD-EFGH-IJKL-MNOPQ", "ABCD_EFGH-IJKL-MNOP", ""}) {
    EXPECT_FALSE(NormalizeOneTimeCode(SecretBytes(other)) == plain) << other;
  }
  EXPECT_TRUE(NormalizeOneTimeCode(SecretBytes()).empty());
}

TEST(Names, HaveOneTo64BytesAndNoControlCharacters) {
  EXPECT_TRUE(CheckName("blue key").ok());
  EXPECT_TRUE(CheckName("Schlüssel").ok());
  EXPECT_TRUE(CheckName(std::string(64, 'x')).ok());
  for (const std::string& bad :
       {std::string(), std::string(65, 'x'), std::string("a\nb"), std::string("a\x1b[2J"),
        std::string("a\x7f"), std::string("a\0b", 3)}) {
    EXPECT_EQ(CheckName(bad).error().code, Code::kInvalidArgument) << bad;
  }
}

TEST(Names, AreCutBetweenCharacters) {
  EXPECT_EQ(Shortened("short", 64), "short");
  EXPECT_EQ(Shortened("abcdef", 3), "abc");
  EXPECT_EQ(Shortened("ab\xc3\xa9", 3), "ab");  // two bytes: e with acute
  EXPECT_EQ(Shortened("ab\xc3\xa9", 4), "ab\xc3\xa9");
  EXPECT_EQ(Shortened("a\xf0\x9f\x94\x91z", 4), "a");  // four bytes: a key
  EXPECT_EQ(Shortened("\xf0\x9f\x94\x91", 2), "");
}

TEST(Present, AKeyAsTheProtocolShowsIt) {
  KeyRecord key;
  key.id = "key_1";
  key.user = "alice";
  key.name = "blue";
  key.rp_id = "login.example.org";
  key.credential_id = {0xfb, 0xff, 0x00};
  key.public_key = Bytes(64, 9);
  key.algorithm = KeyAlgorithm::kEdDsa;
  key.aaguid = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
  key.attestation = Attestation::kUnverified;
  key.backup_eligible = true;
  key.counter = 0xffffffff;
  key.transports = {"usb", "nfc"};
  key.created_at = 5;
  const proto::Key out = Present(key);
  EXPECT_EQ(out.credential_id, "-_8A");
  EXPECT_EQ(out.aaguid, "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(out.algorithm, proto::Key::Algorithm::kEdDSA);
  EXPECT_EQ(out.attestation, proto::Key::Attestation::kUnverified);
  EXPECT_TRUE(out.backup_eligible);
  EXPECT_FALSE(out.backed_up);
  EXPECT_EQ(out.counter, 4294967295);
  EXPECT_EQ(out.transports, (std::vector<std::string>{"usb", "nfc"}));
  EXPECT_EQ(out.last_used_at, std::nullopt);
}

// Enumerations cross over by their number: each must stand at the same place on both sides.
TEST(Present, EnumerationsHaveTheSameOrderOnBothSides) {
  const auto attestation = [](Attestation value) {
    KeyRecord key;
    key.attestation = value;
    return Name(Present(key).attestation);
  };
  EXPECT_EQ(attestation(Attestation::kNone), "none");
  EXPECT_EQ(attestation(Attestation::kSelf), "self");
  EXPECT_EQ(attestation(Attestation::kUnverified), "unverified");
  EXPECT_EQ(attestation(Attestation::kVerified), "verified");
  const auto key_algorithm = [](KeyAlgorithm value) {
    KeyRecord key;
    key.algorithm = value;
    return Name(Present(key).algorithm);
  };
  EXPECT_EQ(key_algorithm(KeyAlgorithm::kEs256), "ES256");
  EXPECT_EQ(key_algorithm(KeyAlgorithm::kEdDsa), "EdDSA");
  EXPECT_EQ(key_algorithm(KeyAlgorithm::kRs256), "RS256");
  const auto otp_algorithm = [](OtpAlgorithm value) {
    OtpRecord otp;
    otp.algorithm = value;
    return Name(Present(otp).algorithm);
  };
  EXPECT_EQ(otp_algorithm(OtpAlgorithm::kSha1), "SHA1");
  EXPECT_EQ(otp_algorithm(OtpAlgorithm::kSha256), "SHA256");
  EXPECT_EQ(otp_algorithm(OtpAlgorithm::kSha512), "SHA512");
  const auto state = [](LoginState value) {
    LoginRecord login;
    login.state = value;
    return Name(Present(login).state);
  };
  EXPECT_EQ(state(LoginState::kLive), "live");
  EXPECT_EQ(state(LoginState::kEnded), "ended");
  EXPECT_EQ(state(LoginState::kExpired), "expired");
  const auto outcome = [](Outcome value) {
    AuditRecord record;
    record.entry.outcome = value;
    return Name(Present(record).outcome);
  };
  EXPECT_EQ(outcome(Outcome::kAllowed), "allowed");
  EXPECT_EQ(outcome(Outcome::kDenied), "denied");
  EXPECT_EQ(outcome(Outcome::kFailed), "failed");
}

TEST(Present, EmptyFieldsAreLeftOut) {
  const proto::AuditEvent event = Present(AuditRecord());
  for (const auto& field : {event.user, event.service, event.tty, event.rhost, event.subject,
                            event.rule, event.detail}) {
    EXPECT_EQ(field, std::nullopt);
  }
  const proto::LoginInfo login = Present(LoginRecord());
  EXPECT_EQ(login.tty, std::nullopt);
  EXPECT_EQ(login.rhost, std::nullopt);
  EXPECT_EQ(login.kernel_session, std::nullopt);
}

TEST(Present, ALifetimeIsInMilliseconds) {
  ClientRecord client;
  client.token_lifetime = 300;
  EXPECT_EQ(Present(client).token_lifetime_ms, 300'000);
}

}  // namespace
}  // namespace fob::core
