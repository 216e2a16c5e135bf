// What a browser answered, and why nothing that was signed at this host's prompts passes for it, or the reverse.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/factors/factor_verifier.h"
#include "devices/fido/attestation_object.h"

namespace fob::factors {
namespace {

using core::BrowserCeremony;

core::BrowserExpectation Expected(BrowserCeremony ceremony = BrowserCeremony::kGet) {
  return {ceremony, Bytes(32, 7), {"https://login.example.org", "https://sso.example.org"}};
}
std::string Data(std::string_view type, std::string_view origin = "https://login.example.org", std::string_view more = "") {
  return R"({"type":")" + std::string(type) + R"(","challenge":")" + Base64UrlEncode(Bytes(32, 7)) + R"(","origin":")" +
         std::string(origin) + "\"" + std::string(more) + "}";
}

class BrowserAnswers : public ::testing::Test {
 protected:
  std::string Refusal(const std::string& data, const core::BrowserExpectation& expected = Expected()) {
    const auto hash = verifier_.CheckBrowserData(data, expected);
    return hash.ok() ? "" : hash.error().reason;
  }
  FactorVerifier verifier_{*crypto::AttestationCertificates::Create({})};
};

TEST_F(BrowserAnswers, AreOfThisCeremonyThisChallengeAndAPageOfOurs) {
  const std::string good = Data("webauthn.get");
  const auto hash = verifier_.CheckBrowserData(good, Expected());
  ASSERT_TRUE(hash.ok());
  EXPECT_EQ(*hash, crypto::Sha256Hasher().Sha256(AsBytes(good)));
  EXPECT_EQ(Refusal(Data("webauthn.get", "https://sso.example.org")), "");
  EXPECT_EQ(Refusal(Data("webauthn.create")), "wrong_type");
  EXPECT_EQ(Refusal(Data("webauthn.create"), Expected(BrowserCeremony::kCreate)), "");
  EXPECT_EQ(Refusal(Data("webauthn.get"), Expected(BrowserCeremony::kCreate)), "wrong_type");
  EXPECT_EQ(Refusal(Data("webauthn.get", "https://evil.example.org")), "wrong_origin");
  EXPECT_EQ(Refusal(Data("webauthn.get", "https://login.example.org:8443")), "wrong_origin");
  EXPECT_EQ(Refusal(Data("webauthn.get", "https://login.example.org", R"(,"crossOrigin":true)")), "cross_origin");
  EXPECT_EQ(Refusal(Data("webauthn.get", "https://login.example.org", R"(,"topOrigin":"https://evil.example.org")")), "cross_origin");
  core::BrowserExpectation other = Expected();
  other.challenge = Bytes(32, 8);
  EXPECT_EQ(Refusal(good, other), "wrong_challenge");
}

TEST_F(BrowserAnswers, WhatALocalCeremonySignsIsNoneAndTheReverse) {
  const Bytes challenge(32, 7);
  for (const char* type : {"org.fobd.get", "org.fobd.create"}) {
    const auto local = verifier_.ClientData(type, challenge, "desk", "ada", "sshd");
    ASSERT_TRUE(local.ok());
    EXPECT_NE(Refusal(*local), "") << type;
    EXPECT_NE(Refusal(*local, Expected(BrowserCeremony::kCreate)), "") << type;
    // A local ceremony's data is made here, and of a type that no browser signs: no hash is both's.
    const auto hash = crypto::Sha256Hasher().Sha256(AsBytes(*local));
    EXPECT_NE(hash, crypto::Sha256Hasher().Sha256(AsBytes(Data("webauthn.get"))));
  }
}

TEST(AttestationObject, IsOneMapOfItsThreeParts) {
  // {"fmt": "none", "attStmt": {}, "authData": h'0102'}
  const Bytes good = *HexDecode("a363666d74646e6f6e656761747453746d74a06861757468446174614201" "02");
  const auto object = fido::ParseAttestationObject(good);
  ASSERT_TRUE(object.ok());
  EXPECT_EQ(object->format, "none");
  EXPECT_EQ(object->statement, Bytes{0xa0});
  EXPECT_EQ(object->auth_data, (Bytes{1, 2}));
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(fido::ParseAttestationObject(longer).ok());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(fido::ParseAttestationObject(ByteView(good).first(size)).ok()) << size;
  }
  // A part twice, and another left out.
  EXPECT_FALSE(fido::ParseAttestationObject(*HexDecode("a363666d74646e6f6e6563666d74646e6f6e656761747453746d74a0")).ok());
}

}  // namespace
}  // namespace fob::factors
