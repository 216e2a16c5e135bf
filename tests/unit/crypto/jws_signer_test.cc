#include "daemon/crypto/jws_signer.h"
#include "daemon/crypto/signing_key.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

#include "base/encoding.h"

namespace fob::crypto {
namespace {

constexpr auto kEs256 = core::SigningAlgorithm::kEs256;
constexpr auto kEdDsa = core::SigningAlgorithm::kEdDsa;
constexpr auto kRs256 = core::SigningAlgorithm::kRs256;

core::AccessClaims SomeClaims() {
  core::AccessClaims claims;
  claims.issuer = "https://login.example.org";
  claims.subject = "u_1234";
  claims.audience = "https://app.example.org";
  claims.client_id = "client_1";
  claims.token_id = "grant_1.abc";
  claims.session = "login_1";
  claims.scope = "read write";
  claims.acr = "mfa";
  claims.amr = {"pwd", "otp", "mfa"};
  claims.auth_time = 1700000000;
  claims.issued_at = 1700000010;
  claims.expires_at = 1700000310;
  return claims;
}

class Jws : public ::testing::Test {
 protected:
  void SetUp() override {
    auto record = GenerateSigningKey(kEs256, 1);
    ASSERT_TRUE(record.ok());
    kid_ = record->kid;
    keys_.push_back(std::move(*record));
    ASSERT_TRUE(signer_.Load(keys_).ok());
  }

  std::string Sign(const core::AccessClaims& claims) {
    auto token = signer_.Sign(claims, kEs256);
    return token.ok() ? std::string(token->RevealText()) : "";
  }
  std::string Header(std::string_view more = "") const {
    return R"({"alg":"ES256","typ":"at+jwt","kid":")" + kid_ + '"' + std::string(more) + '}';
  }
  // Signs any header and payload with the real key.
  std::string Forge(const std::string& header, const std::string& payload) {
    auto key = std::move(OpenSigningKey(keys_.back())).value();
    std::string input = Base64UrlEncode(AsBytes(header)) + '.' + Base64UrlEncode(AsBytes(payload));
    Bytes signature(64);
    EXPECT_TRUE(key->Sign(AsBytes(input), signature).ok());
    return input + '.' + Base64UrlEncode(signature);
  }
  std::string Refusal(std::string_view token) {
    const auto checked = signer_.Check(token);
    if (checked.ok()) return "";
    EXPECT_EQ(checked.error().code, Code::kDenied);
    return checked.error().reason;
  }

  JwsSigner signer_;
  std::vector<core::SigningKeyRecord> keys_;
  std::string kid_;
  const std::string payload_ =
      R"({"iss":"i","sub":"s","aud":"a","client_id":"c","exp":9,"iat":1,"jti":"j"})";
};

TEST_F(Jws, SignsTheHeaderAndClaimsOfRfc9068InAFixedOrder) {
  const std::string token = Sign(SomeClaims());
  const size_t first = token.find('.');
  const size_t second = token.rfind('.');
  EXPECT_EQ(AsText(*Base64UrlDecode(std::string_view(token).substr(0, first))), Header());
  EXPECT_EQ(AsText(*Base64UrlDecode(std::string_view(token).substr(first + 1, second - first - 1))),
            R"({"iss":"https://login.example.org","sub":"u_1234","aud":"https://app.example.org",)"
            R"("client_id":"client_1",)"
            R"("exp":1700000310,"iat":1700000010,"jti":"grant_1.abc","auth_time":1700000000,)"
            R"("amr":["pwd","otp","mfa"],"acr":"mfa","sid":"login_1","scope":"read write"})");
  EXPECT_EQ(Base64UrlDecode(std::string_view(token).substr(second + 1))->size(), 64u);
}

TEST_F(Jws, ChecksWhatItSigned) {
  const auto checked = signer_.Check(Sign(SomeClaims()));
  ASSERT_TRUE(checked.ok()) << checked.error().text;
  EXPECT_EQ(checked->claims.subject, "u_1234");
  EXPECT_EQ(checked->claims.amr, SomeClaims().amr);
  EXPECT_EQ(checked->claims.expires_at, 1700000310);
  EXPECT_EQ(checked->claims.session, "login_1");
  EXPECT_EQ(boost::json::parse(checked->json).at("scope").as_string(), "read write");
}

TEST_F(Jws, LeavesOutWhatAMachineGrantHasNot) {
  core::AccessClaims claims = SomeClaims();
  claims.auth_time = 0;
  claims.amr.clear();
  claims.acr.clear();
  claims.session.clear();
  claims.scope.clear();
  const auto checked = signer_.Check(Sign(claims));
  ASSERT_TRUE(checked.ok());
  const auto object = boost::json::parse(checked->json).as_object();
  for (const char* name : {"auth_time", "amr", "acr", "sid", "scope"})
    EXPECT_FALSE(object.contains(name)) << name;
}

TEST_F(Jws, EscapesWhatNamesMayHold) {
  core::AccessClaims claims = SomeClaims();
  claims.subject = "a\"b\\c\n\x01\x1f/\x7f \xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91";
  claims.scope = "\"},\"sub\":\"root";
  claims.amr = {"o\"tp"};
  const auto checked = signer_.Check(Sign(claims));
  ASSERT_TRUE(checked.ok());
  EXPECT_EQ(checked->claims.subject, claims.subject);
  EXPECT_EQ(checked->claims.scope, claims.scope);
  EXPECT_EQ(checked->claims.amr, claims.amr);
}

TEST_F(Jws, RefusesClaimsThatAreNotUtf8OrEmptyOrHuge) {
  for (const char* bad :
       {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "a\x80"}) {
    core::AccessClaims claims = SomeClaims();
    claims.subject = bad;
    EXPECT_EQ(signer_.Sign(claims, kEs256).error().reason, "bad_claims");
  }
  core::AccessClaims claims = SomeClaims();
  claims.subject.clear();
  EXPECT_EQ(signer_.Sign(claims, kEs256).error().reason, "bad_claims");
  claims.subject = std::string(8192, 'x');
  EXPECT_EQ(signer_.Sign(claims, kEs256).error().reason, "bad_claims");
}

TEST_F(Jws, SignsOnlyWithAKey) {
  JwsSigner empty;
  EXPECT_EQ(empty.Sign(SomeClaims(), kEs256).error().code, Code::kUnavailable);
  EXPECT_EQ(empty.Jwks(), R"({"keys":[]})");
}

TEST_F(Jws, I38_ExactlyThreePartsOfStrictBase64Url) {
  const std::string token = Sign(SomeClaims());
  const size_t first = token.find('.');
  const size_t second = token.rfind('.');
  EXPECT_EQ(Refusal(""), "malformed");
  EXPECT_EQ(Refusal("."), "malformed");
  EXPECT_EQ(Refusal(".."), "malformed");
  EXPECT_EQ(Refusal(token.substr(0, second)), "malformed");
  EXPECT_EQ(Refusal(token + "."), "malformed");
  EXPECT_EQ(Refusal(token + "="), "malformed");
  EXPECT_EQ(Refusal(token + "\n"), "malformed");
  EXPECT_EQ(Refusal(" " + token), "malformed");
  EXPECT_EQ(Refusal(token.substr(0, first) + '.' + token), "malformed");
  EXPECT_EQ(Refusal(token + "A"), "bad_signature") << "65 bytes less one sextet";
  EXPECT_EQ(Refusal(std::string(JwsSigner::kMaxToken + 1, 'A')), "malformed");
}

TEST_F(Jws, I38_OneAlgorithmAKey) {
  for (const char* alg : {"none", "HS256", "RS256", "ES384", "es256", ""}) {
    const std::string header =
        std::string(R"({"alg":")") + alg + R"(","typ":"at+jwt","kid":")" + kid_ + R"("})";
    EXPECT_EQ(Refusal(Forge(header, payload_)), "bad_signature") << alg;
  }
  EXPECT_EQ(Refusal(Forge(R"({"alg":["ES256"],"typ":"at+jwt","kid":")" + kid_ + R"("})", payload_)),
            "malformed");
  EXPECT_EQ(Refusal(Forge(R"({"typ":"at+jwt","kid":")" + kid_ + R"("})", payload_)), "malformed");
  EXPECT_EQ(Refusal(Forge(Header(), payload_)), "");
}

TEST_F(Jws, I38_AnUnsignedTokenIsNone) {
  const std::string input =
      Base64UrlEncode(AsBytes(Header())) + '.' + Base64UrlEncode(AsBytes(payload_)) + '.';
  EXPECT_EQ(Refusal(input), "bad_signature");
}

TEST_F(Jws, I38_UnknownExtensionsAreRefused) {
  EXPECT_EQ(Refusal(Forge(Header(R"(,"crit":["exp"])"), payload_)), "malformed");
  EXPECT_EQ(Refusal(Forge(Header(R"(,"crit":[])"), payload_)), "malformed");
  EXPECT_EQ(Refusal(Forge(Header(R"(,"b64":true)"), payload_)), "malformed");
}

TEST_F(Jws, I38_KeysInTheHeaderAreNeverUsed) {
  std::vector<core::SigningKeyRecord> keys;
  keys.push_back(std::move(*GenerateSigningKey(kEs256, 1)));
  auto key = std::move(OpenSigningKey(keys.back())).value();
  const std::string jwk = "{" + key->PublicMembers() + "}";
  for (const std::string& kid : {kid_, keys.back().kid}) {
    const std::string header =
        R"({"alg":"ES256","typ":"at+jwt","kid":")" + kid + R"(","jwk":)" + jwk +
        R"(,"jku":"https://evil.example","x5u":"https://evil.example","x5c":["AA=="]})";
    const std::string input =
        Base64UrlEncode(AsBytes(header)) + '.' + Base64UrlEncode(AsBytes(payload_));
    Bytes signature(64);
    ASSERT_TRUE(key->Sign(AsBytes(input), signature).ok());
    EXPECT_EQ(Refusal(input + '.' + Base64UrlEncode(signature)),
              kid == kid_ ? "bad_signature" : "unknown_key");
  }
}

TEST_F(Jws, OnlyAccessTokensAreAccessTokens) {
  for (const char* typ : {R"("JWT")", R"("jwt")", R"("AT+JWT")", R"("")", R"("id+jwt")"}) {
    EXPECT_EQ(Refusal(Forge(
                  R"({"alg":"ES256","typ":)" + std::string(typ) + R"(,"kid":")" + kid_ + R"("})",
                  payload_)),
              "wrong_type")
        << typ;
  }
  EXPECT_EQ(Refusal(Forge(R"({"alg":"ES256","kid":")" + kid_ + R"("})", payload_)), "wrong_type");
  EXPECT_EQ(Refusal(Forge(R"({"alg":"ES256","typ":"at+jwt"})", payload_)), "unknown_key");
}

TEST_F(Jws, RefusesDuplicateNamesAndTrailingText) {
  EXPECT_EQ(Refusal(Forge(Header(R"(,"alg":"ES256")"), payload_)), "malformed");
  EXPECT_EQ(Refusal(Forge(Header(R"(,"\u0061lg":"none")"), payload_)), "malformed");
  EXPECT_EQ(Refusal(Forge(Header() + "x", payload_)), "malformed");
  EXPECT_EQ(Refusal(Forge("[]", payload_)), "malformed");
  EXPECT_EQ(Refusal(Forge(Header(), payload_ + "{}")), "malformed");
  EXPECT_EQ(Refusal(Forge(Header(), R"({"iss":"i"})")), "malformed");
  EXPECT_EQ(
      Refusal(Forge(Header(),
                    R"({"iss":"i","iss":"j","sub":"s","aud":"a","client_id":"c","exp":9,"iat":1,)"
                    R"("jti":"j"})")),
      "malformed");
  EXPECT_EQ(Refusal(Forge(
                Header(),
                R"({"iss":"i","sub":"s","aud":["a"],"client_id":"c","exp":9,"iat":1,"jti":"j"})")),
            "malformed");
}

TEST_F(Jws, EveryFlippedBitIsRefused) {
  const std::string token = Sign(SomeClaims());
  for (size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x01);
    ASSERT_NE(Refusal(damaged), "") << i;
  }
}

TEST_F(Jws, TheNewestKeySignsAndTheOlderStillCheck) {
  const std::string old_token = Sign(SomeClaims());
  keys_.push_back(std::move(*GenerateSigningKey(kEs256, 2)));
  ASSERT_TRUE(signer_.Load(keys_).ok());
  const std::string new_token = Sign(SomeClaims());
  EXPECT_NE(AsText(*Base64UrlDecode(new_token.substr(0, new_token.find('.')))).find(keys_[1].kid),
            std::string::npos);
  EXPECT_EQ(Refusal(old_token), "");
  EXPECT_EQ(Refusal(new_token), "");
  keys_.erase(keys_.begin());
  ASSERT_TRUE(signer_.Load(keys_).ok());
  EXPECT_EQ(Refusal(old_token), "unknown_key");
}

TEST_F(Jws, EachAlgorithmHasAKeyThatSigns) {
  EXPECT_EQ(signer_.Sign(SomeClaims(), kEdDsa).error().reason, "no_signing_key");
  for (const auto algorithm : {kEdDsa, kRs256, kEs256, kEdDsa})
    keys_.push_back(std::move(*GenerateSigningKey(algorithm, 2)));
  ASSERT_TRUE(signer_.Load(keys_).ok());
  const struct {
    core::SigningAlgorithm algorithm;
    std::string alg;
    std::string kid;
  } expected[] = {{kEs256, "ES256", keys_[3].kid},
                  {kEdDsa, "EdDSA", keys_[4].kid},
                  {kRs256, "RS256", keys_[2].kid}};
  for (const auto& [algorithm, alg, kid] : expected) {
    const std::string token(signer_.Sign(SomeClaims(), algorithm)->RevealText());
    EXPECT_EQ(AsText(*Base64UrlDecode(token.substr(0, token.find('.')))),
              R"({"alg":")" + alg + R"(","typ":"at+jwt","kid":")" + kid + R"("})");
    EXPECT_EQ(Refusal(token), "");
    EXPECT_EQ(signer_.Check(token)->claims.subject, "u_1234");
  }
}

TEST_F(Jws, KeepsItsKeysWhenNewOnesDoNotLoad) {
  std::vector<core::SigningKeyRecord> bad;
  bad.push_back(std::move(*GenerateSigningKey(kEs256, 2)));
  bad.back().kid = kid_;
  EXPECT_EQ(signer_.Load(bad).error().code, Code::kCorrupt);
  EXPECT_EQ(Refusal(Sign(SomeClaims())), "");
}

TEST_F(Jws, PublishesPublicPartsOnly) {
  keys_.push_back(std::move(*GenerateSigningKey(kEdDsa, 2)));
  keys_.push_back(std::move(*GenerateSigningKey(kRs256, 3)));
  ASSERT_TRUE(signer_.Load(keys_).ok());
  const auto set = boost::json::parse(signer_.Jwks());
  const auto& keys = set.at("keys").as_array();
  ASSERT_EQ(keys.size(), 3u);
  const auto expect_key = [&](size_t i, const std::map<std::string, std::string>& texts,
                              const std::map<std::string, size_t>& sizes) {
    const auto& key = keys[i].as_object();
    EXPECT_EQ(key.size(), texts.size() + sizes.size() + 1);
    EXPECT_EQ(key.at("kid").as_string(), keys_[i].kid);
    for (const auto& [name, text] : texts) EXPECT_EQ(key.at(name).as_string(), text);
    for (const auto& [name, size] : sizes)
      EXPECT_EQ(Base64UrlDecode(key.at(name).as_string().c_str())->size(), size) << name;
  };
  expect_key(0, {{"kty", "EC"}, {"crv", "P-256"}, {"alg", "ES256"}, {"use", "sig"}},
             {{"x", 32}, {"y", 32}});
  expect_key(1, {{"kty", "OKP"}, {"crv", "Ed25519"}, {"alg", "EdDSA"}, {"use", "sig"}},
             {{"x", 32}});
  expect_key(2, {{"kty", "RSA"}, {"e", "AQAB"}, {"alg", "RS256"}, {"use", "sig"}}, {{"n", 384}});
}

TEST_F(Jws, ReferencesOpenAsTheyWereSealed) {
  const core::TokenReference reference{"grant_1.abc.1700000310", 1700000010};
  const auto sealed = signer_.Seal(reference, 1700000010);
  ASSERT_TRUE(sealed.ok());
  const std::string text(sealed->RevealText());
  EXPECT_TRUE(Base64UrlDecode(text).ok());
  EXPECT_EQ(Base64UrlDecode(text)->size(), 16 + 8 + reference.token_id.size());
  const auto opened = signer_.Open(text);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->token_id, reference.token_id);
  EXPECT_EQ(opened->issued_at, reference.issued_at);
  EXPECT_EQ(std::string(AsText(*Base64UrlDecode(text))).find("grant_1"), std::string::npos);
  EXPECT_NE(signer_.Seal({"grant_1.abd.1700000310", 1700000010}, 1)->RevealText().substr(0, 20), text.substr(0, 20));
}

TEST_F(Jws, ReferencesThatWereTouchedDoNotOpen) {
  const auto sealed = signer_.Seal({"grant_1.abc.1700000310", 1}, 1);
  ASSERT_TRUE(sealed.ok());
  const Bytes bytes = *Base64UrlDecode(sealed->RevealText());
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    Bytes other = bytes;
    other[i / 8] = static_cast<uint8_t>(other[i / 8] ^ (1u << (i % 8)));
    EXPECT_FALSE(signer_.Open(Base64UrlEncode(other)).has_value()) << i;
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(signer_.Open(Base64UrlEncode(ByteView(bytes).first(size))).has_value()) << size;
  }
  for (const std::string& bad : {std::string(), std::string("="), std::string(43, 'A'), std::string(100, 'A'),
                                 std::string(100'000, 'A'), std::string(sealed->RevealText()) + "A"}) {
    EXPECT_FALSE(signer_.Open(bad).has_value());
  }
  EXPECT_TRUE(signer_.Open(sealed->RevealText()).has_value());
}

TEST_F(Jws, I43_ReferencesOpenAsLongAsTheirKeyIsKept) {
  const auto old = signer_.Seal({"grant_1.abc.1", 1}, 1);
  auto next = GenerateSigningKey(kEs256, 1);
  auto ed = GenerateSigningKey(kEdDsa, 1);
  ASSERT_TRUE(next.ok() && ed.ok());
  next->signs_from = 100;
  keys_.push_back(std::move(*next));
  keys_.push_back(std::move(*ed));
  ASSERT_TRUE(signer_.Load(keys_).ok());
  const auto before = signer_.Seal({"grant_1.abd.1", 1}, 99);
  const auto after = signer_.Seal({"grant_1.abe.1", 1}, 100);
  for (const auto* sealed : {&old, &before, &after}) EXPECT_TRUE(signer_.Open((*sealed)->RevealText()).has_value());
  keys_.erase(keys_.begin());
  ASSERT_TRUE(signer_.Load(keys_).ok());
  EXPECT_FALSE(signer_.Open(old->RevealText()).has_value());
  EXPECT_FALSE(signer_.Open(before->RevealText()).has_value());
  EXPECT_TRUE(signer_.Open(after->RevealText()).has_value());
  keys_.erase(keys_.begin());
  ASSERT_TRUE(signer_.Load(keys_).ok());
  EXPECT_FALSE(signer_.Open(after->RevealText()).has_value());
  EXPECT_EQ(signer_.Seal({"grant_1.abf.1", 1}, 100).error().reason, "no_signing_key");
}

}  // namespace
}  // namespace fob::crypto
