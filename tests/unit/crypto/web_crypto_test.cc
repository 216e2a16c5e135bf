// Assertions of clients (RFC 7523), the parameter `claims`, and client data of browsers.
#include "daemon/crypto/web_crypto.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "daemon/crypto/browser_data.h"
#include "daemon/crypto/jwk.h"
#include "daemon/crypto/jws_signer.h"
#include "daemon/crypto/signing_key.h"

namespace fob::crypto {
namespace {

using core::SigningAlgorithm;

class Assertions : public ::testing::Test {
 protected:
  explicit Assertions(SigningAlgorithm algorithm = SigningAlgorithm::kEs256) {
    auto record = GenerateSigningKey(algorithm, 1);
    key_ = *OpenSigningKey(*record);
    kid_ = record->kid;
    jwks_ = R"({"keys":[{)" + key_->PublicMembers() + R"(,"kid":")" + kid_ + R"("}]})";
  }
  std::string Sign(std::string_view payload, std::string_view alg = "", std::string_view more = "") {
    const std::string header = R"({"alg":")" + std::string(alg.empty() ? key_->Alg() : alg) + R"(","kid":")" + kid_ + "\"" +
                               std::string(more) + "}";
    const std::string input = Base64UrlEncode(AsBytes(header)) + "." + Base64UrlEncode(AsBytes(payload));
    Bytes signature(key_->SignatureSize());
    EXPECT_TRUE(key_->Sign(AsBytes(input), signature).ok());
    return input + "." + Base64UrlEncode(signature);
  }

  static constexpr std::string_view kGood =
      R"({"iss":"robot","sub":"robot","aud":["https://login.example.org","x"],"exp":1700000300,"iat":1700000000.5,"jti":"a"})";
  WebCrypto crypto_;
  std::unique_ptr<SigningKey> key_;
  std::string kid_;
  std::string jwks_;
};

TEST_F(Assertions, OfEveryAlgorithmAreRead) {
  for (const auto algorithm : {SigningAlgorithm::kEs256, SigningAlgorithm::kEdDsa, SigningAlgorithm::kRs256}) {
    auto record = GenerateSigningKey(algorithm, 1);
    key_ = *OpenSigningKey(*record);
    jwks_ = R"({"keys":[{)" + key_->PublicMembers() + R"(,"use":"sig"}]})";
    ASSERT_TRUE(crypto_.CheckJwks(jwks_).ok());
    const std::string jwt = Sign(kGood);
    EXPECT_EQ(*crypto_.AssertionSubject(jwt), "robot");
    const auto claims = crypto_.CheckAssertion(jwt, jwks_);
    ASSERT_TRUE(claims.ok()) << claims.error().text;
    EXPECT_EQ(claims->audiences.size(), 2u);
    EXPECT_EQ(claims->expires_at, 1700000300);
    EXPECT_EQ(claims->issued_at, 1700000000);
    EXPECT_EQ(claims->token_id, "a");
  }
}

TEST_F(Assertions, I38_OnlyByTheClientsKeyAndItsOneAlgorithm) {
  const auto refused = [&](const std::string& jwt, const char* what) {
    const auto claims = crypto_.CheckAssertion(jwt, jwks_);
    ASSERT_FALSE(claims.ok()) << what;
    EXPECT_EQ(claims.error().reason, "invalid_client") << what;
  };
  std::string jwt = Sign(kGood);
  EXPECT_TRUE(crypto_.CheckAssertion(jwt, jwks_).ok());
  refused(Sign(kGood, "none"), "alg none");
  refused(Sign(kGood, "HS256"), "alg HS256");
  refused(Sign(kGood, "RS256"), "another algorithm");
  refused(Sign(kGood, "", R"(,"crit":["exp"])"), "an unknown extension");
  refused(jwt + "=", "padding");
  refused(jwt.substr(0, jwt.rfind('.') + 1), "no signature");
  jwt[jwt.find('.') + 3] ^= 1;
  refused(jwt, "another payload");
  refused(Sign(R"({"iss":"robot","sub":"robot","aud":"x","exp":1700000300})"), "no jti");
  refused(Sign(R"({"iss":"robot","sub":"robot","exp":1700000300,"jti":"a"})"), "no aud");
  refused(Sign(R"({"iss":"robot","sub":"robot","aud":"x","jti":"a"})"), "no exp");
  const auto other = GenerateSigningKey(SigningAlgorithm::kEs256, 1);
  key_ = *OpenSigningKey(*other);
  refused(Sign(kGood), "another key");
}

TEST_F(Assertions, WhatIsNoSetOfPublicKeys) {
  for (const char* bad : {"", "{}", "[]", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AAAA"}]})", R"({"keys":[{"kty":"EC"}]})",
                          R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})", R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})",
                          R"({"keys":[{"kty":"OKP","crv":"X25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]})"}) {
    EXPECT_FALSE(crypto_.CheckJwks(bad).ok()) << bad;
  }
  const std::string is_private = R"({"keys":[{)" + key_->PublicMembers() + R"(,"d":"AAAA"}]})";
  EXPECT_FALSE(crypto_.CheckJwks(is_private).ok());
  const std::string other_alg = R"({"keys":[{)" + key_->PublicMembers() + R"(,"alg":"RS256"}]})";
  EXPECT_FALSE(crypto_.CheckJwks(other_alg).ok());
}

TEST(ClaimsParameter, TellsTheClassAndTheUserThatAreAskedFor) {
  const WebCrypto crypto;
  using Words = std::vector<std::string>;
  auto claims = crypto.ReadClaimsParameter(R"({"userinfo":{"name":null},"id_token":{"acr":{"essential":true,"values":["phr","phrh"]}}})");
  ASSERT_TRUE(claims.ok());
  EXPECT_TRUE(claims->acr.essential);
  EXPECT_EQ(claims->acr.values, (Words{"phr", "phrh"}));
  EXPECT_EQ(claims->subjects, Words());
  claims = crypto.ReadClaimsParameter(R"({"id_token":{"auth_time":{"essential":true},"acr":null,"sub":{"essential":true}}})");
  ASSERT_TRUE(claims.ok());
  EXPECT_FALSE(claims->acr.essential);
  EXPECT_EQ(claims->subjects, Words());
  EXPECT_EQ(crypto.ReadClaimsParameter(R"({"id_token":{"sub":{"value":"a"}}})")->subjects, Words{"a"});
  EXPECT_EQ(crypto.ReadClaimsParameter(R"({"id_token":{"sub":{"values":["a","b"]}}})")->subjects, (Words{"a", "b"}));
  EXPECT_EQ(crypto.ReadClaimsParameter(R"({"userinfo":{"sub":{"value":"a"}}})")->subjects, Words()) << "not of the ID token";
  for (const char* bad : {"", "[]", R"({"id_token":1})", R"({"id_token":{"acr":1}})", R"({"id_token":{"acr":{"values":"phr"}}})",
                          R"({"id_token":{"sub":"a"}})", R"({"id_token":{"sub":{"value":7}}})", R"({"id_token":{"sub":{"value":""}}})"})
    EXPECT_EQ(crypto.ReadClaimsParameter(bad).error().reason, "invalid_request") << bad;
}

TEST(BrowserData, IsReadAsWebAuthnSays) {
  const auto data = ReadBrowserData(
      R"({"type":"webauthn.get","challenge":"AAEC","origin":"https://login.example.org","crossOrigin":false,"other_keys_can_be_added_here":"x"})");
  ASSERT_TRUE(data.ok());
  EXPECT_EQ(data->challenge, (Bytes{0, 1, 2}));
  EXPECT_FALSE(data->cross_origin);
  EXPECT_TRUE(ReadBrowserData(R"({"type":"a","challenge":"AAEC","origin":"b","crossOrigin":true})")->cross_origin);
  EXPECT_TRUE(ReadBrowserData(R"({"type":"a","challenge":"AAEC","origin":"b","topOrigin":"c"})")->top_origin);
  for (const char* bad : {"", "{}", R"({"type":"a","challenge":"AAEC"})", R"({"type":"a","challenge":"A=","origin":"b"})",
                          R"({"type":"a","type":"b","challenge":"AAEC","origin":"b"})", R"({"type":"a","challenge":"AAEC","origin":"b"}x)",
                          R"({"type":"a","challenge":"AAEC","origin":"b","crossOrigin":"no"})"})
    EXPECT_FALSE(ReadBrowserData(bad).ok()) << bad;
}

TEST(IdTokens, AreOfTheirOwnKindAndNameTheirAccessToken) {
  for (const auto algorithm : {SigningAlgorithm::kEs256, SigningAlgorithm::kEdDsa, SigningAlgorithm::kRs256}) {
    JwsSigner signer;
    std::vector<core::SigningKeyRecord> keys;
    keys.push_back(*GenerateSigningKey(algorithm, 1));
    ASSERT_TRUE(signer.Load(keys).ok());
    core::IdClaims claims;
    claims.issuer = "https://login.example.org";
    claims.subject = "sub";
    claims.audience = "client_1";
    claims.session = "login_1";
    claims.issued_at = 1700000000;
    claims.expires_at = 1700000300;
    // OpenID Connect Core appendix A.3: this access token, and its at_hash by SHA-256.
    const auto token = signer.SignId(claims, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", algorithm);
    ASSERT_TRUE(token.ok());
    const auto read = signer.CheckId(token->RevealText());
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->session, "login_1");
    EXPECT_EQ(signer.Check(token->RevealText()).error().reason, "wrong_type") << "no access token";
    const std::string_view text = token->RevealText();
    const size_t first = text.find('.');
    const auto payload = Base64UrlDecode(text.substr(first + 1, text.find('.', first + 1) - first - 1));
    const bool sha256 = algorithm != SigningAlgorithm::kEdDsa;
    EXPECT_EQ(AsText(*payload).find(R"("at_hash":"77QmUPtjPfzWtF2AnpK9RQ")") != std::string_view::npos, sha256);
  }
}

}  // namespace
}  // namespace fob::crypto
