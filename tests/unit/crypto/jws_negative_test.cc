// What is nearly a token, class by class, for every algorithm (I38).
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

#include <algorithm>

#include "base/encoding.h"
#include "daemon/crypto/jws_signer.h"
#include "daemon/crypto/private_key.h"

namespace fob::crypto {
namespace {

using core::SigningAlgorithm;

std::string Encode(std::string_view text) { return Base64UrlEncode(AsBytes(text)); }

// One key of every algorithm, made once.
const std::vector<core::SigningKeyRecord>& Keys() {
  static const auto keys = [] {
    std::vector<core::SigningKeyRecord> made;
    for (const auto algorithm :
         {SigningAlgorithm::kEs256, SigningAlgorithm::kEdDsa, SigningAlgorithm::kRs256})
      made.push_back(std::move(GenerateSigningKey(algorithm, 1)).value());
    return made;
  }();
  return keys;
}

const core::SigningKeyRecord& RecordOf(SigningAlgorithm algorithm) {
  return Keys()[static_cast<size_t>(algorithm)];
}

class NearlyAToken : public ::testing::TestWithParam<SigningAlgorithm> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(signer_.Load(Keys()).ok());
    key_ = std::move(OpenSigningKey(RecordOf(GetParam()))).value();
  }

  std::string Kid() const { return RecordOf(GetParam()).kid; }
  std::string Alg() const { return std::string(key_->Alg()); }
  // A header with these members; "" leaves a member out.
  std::string Header(const std::string& alg, const std::string& kid, const std::string& more = "",
                     const std::string& typ = R"("at+jwt")") const {
    std::string out;
    for (const auto& [name, value] :
         {std::pair{"alg", alg}, std::pair{"typ", typ}, std::pair{"kid", kid}}) {
      if (!value.empty()) out += (out.empty() ? "\"" : ",\"") + std::string(name) + "\":" + value;
    }
    return "{" + out + more + "}";
  }
  std::string Good(const std::string& more = "") const {
    return Header('"' + Alg() + '"', '"' + Kid() + '"', more);
  }
  Bytes SignatureOf(const std::string& input) {
    Bytes signature(key_->SignatureSize());
    EXPECT_TRUE(key_->Sign(AsBytes(input), signature).ok());
    return signature;
  }
  // Really signed, whatever header and payload say.
  std::string Token(const std::string& header) { return Token(header, kPayload); }
  std::string Token(const std::string& header, const std::string& payload) {
    const std::string input = Encode(header) + '.' + Encode(payload);
    return input + '.' + Base64UrlEncode(SignatureOf(input));
  }
  std::string Refusal(std::string_view token) const {
    const auto checked = signer_.Check(token);
    if (checked.ok()) return "";
    EXPECT_EQ(checked.error().code, Code::kDenied);
    EXPECT_EQ(ERR_peek_error(), 0u) << "nothing is left behind in OpenSSL's queue";
    return checked.error().reason;
  }
  // The good token with another signature.
  std::string RefusalOf(const Bytes& signature) const {
    return Refusal(Input() + '.' + Base64UrlEncode(signature));
  }
  std::string Input() const { return Encode(Good()) + '.' + Encode(kPayload); }

  const std::string kPayload =
      R"({"iss":"i","sub":"s","aud":"a","client_id":"c","exp":9,"iat":1,"jti":"j"})";
  JwsSigner signer_;
  std::unique_ptr<SigningKey> key_;
};

TEST_P(NearlyAToken, TheWholeOneIsGood) { EXPECT_EQ(Refusal(Token(Good())), ""); }

TEST_P(NearlyAToken, I38_SignaturesOfAnotherLength) {
  const Bytes good = SignatureOf(Input());
  for (size_t size = 0; size < good.size(); size += size < 70 ? 1 : 37) {
    EXPECT_EQ(RefusalOf({good.begin(), good.begin() + static_cast<long>(size)}), "bad_signature");
    EXPECT_EQ(RefusalOf({good.end() - static_cast<long>(size), good.end()}), "bad_signature");
  }
  for (const size_t more : {1, 2, 3, 64}) {
    Bytes longer = good;
    longer.resize(good.size() + more);
    EXPECT_EQ(RefusalOf(longer), "bad_signature");
    longer = Bytes(more, 0);
    longer.insert(longer.end(), good.begin(), good.end());
    EXPECT_EQ(RefusalOf(longer), "bad_signature");
  }
  Bytes twice = good;
  twice.insert(twice.end(), good.begin(), good.end());
  EXPECT_EQ(RefusalOf(twice), "bad_signature");
}

TEST_P(NearlyAToken, I38_SignaturesOfExtremeNumbers) {
  const Bytes good = SignatureOf(Input());
  const size_t half = good.size() / 2;
  for (const uint8_t fill : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
    EXPECT_EQ(RefusalOf(Bytes(good.size(), fill)), "bad_signature");
    for (const size_t at : {size_t{0}, half}) {
      Bytes other = good;
      std::fill_n(other.begin() + static_cast<long>(at), half, fill);
      EXPECT_EQ(RefusalOf(other), "bad_signature") << int{fill} << " at " << at;
    }
  }
}

TEST_P(NearlyAToken, I38_PartsThatAreNotStrictBase64Url) {
  const std::string token = Token(Good());
  const size_t first = token.find('.');
  const size_t second = token.rfind('.');
  for (const size_t end : {first, second, token.size()}) {
    for (const char* more : {"=", "==", " ", "\n", "\r\n", "\t", "+", "/", "%", "*"}) {
      std::string other = token;
      EXPECT_EQ(Refusal(other.insert(end, more)), "malformed") << more;
    }
    std::string nul = token;
    EXPECT_EQ(Refusal(nul.insert(end, 1, '\0')), "malformed");
  }
  for (size_t at = 0; at <= token.size(); at += 11) {
    std::string other = token;
    EXPECT_EQ(Refusal(other.insert(at, " ")), "malformed") << at;
  }
  // Bits beyond the last byte.
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  size_t spare = 0;
  for (const auto& [begin, end] :
       {std::pair{size_t{0}, first}, {first + 1, second}, {second + 1, token.size()}}) {
    if ((end - begin) % 4 == 0) continue;
    std::string other = token;
    other[end - 1] = kAlphabet[kAlphabet.find(other[end - 1]) | 1];
    EXPECT_EQ(Refusal(other), "malformed");
    ++spare;
  }
  EXPECT_GE(spare, 1u);
}

TEST_P(NearlyAToken, I38_OtherThanThreeParts) {
  const std::string token = Token(Good());
  const std::string header = Encode(Good());
  for (const std::string& other :
       {token + ".", "." + token, token + "..", token + "." + header, token + token, header,
        header + ".", header + "..", Input(), ".." + token, std::string(".."), std::string("..."),
        R"({"protected":")" + header + R"(","payload":"","signature":""})"}) {
    EXPECT_NE(Refusal(other), "") << other;
  }
  EXPECT_EQ(Refusal(token + "."), "malformed");
  EXPECT_EQ(Refusal(Input() + "."), "bad_signature");
}

TEST_P(NearlyAToken, I38_AnAlgorithmThatIsNotTheKeys) {
  std::vector<std::string> others = {
      "none",    "None",  "NONE",      "nOnE",      "HS256",           "HS384",
      "HS512",   "ES384", "ES512",     "RS384",     "RS512",           "PS256",
      "Ed25519", "Ed448", Alg() + " ", " " + Alg(), Alg() + "\\u0000", "dir"};
  for (const auto& record : Keys()) {
    const auto other = std::move(OpenSigningKey(record)).value();
    if (other->Alg() != Alg()) others.emplace_back(other->Alg());
  }
  std::string lower = Alg();
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(c | 0x20); });
  others.push_back(lower);
  for (const std::string& alg : others) {
    const std::string header = Header('"' + alg + '"', '"' + Kid() + '"');
    EXPECT_EQ(Refusal(Token(header)), "bad_signature") << alg;
    EXPECT_EQ(Refusal(Encode(header) + '.' + Encode(kPayload) + '.'), "bad_signature") << alg;
  }
  for (const char* alg : {"", "null", "true", "256", "[\"ES256\"]", "{\"alg\":\"ES256\"}"}) {
    EXPECT_EQ(Refusal(Token(Header(alg, '"' + Kid() + '"'))), "malformed") << alg;
  }
}

TEST_P(NearlyAToken, I38_AnHmacUnderThePublicKey) {
  uint8_t* der = nullptr;
  const Pkey pkey = *DecodePrivateKey(RecordOf(GetParam()).private_key,
                                      GetParam() == SigningAlgorithm::kEs256   ? "EC"
                                      : GetParam() == SigningAlgorithm::kEdDsa ? "ED25519"
                                                                               : "RSA",
                                      "");
  const int size = i2d_PUBKEY(pkey.get(), &der);
  ASSERT_GT(size, 0);
  const std::string spki(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  for (const std::string& secret : {spki, "{" + key_->PublicMembers() + "}", key_->PublicMembers(),
                                    signer_.Jwks(), Kid(), std::string()}) {
    for (const std::string& alg : {std::string("HS256"), Alg()}) {
      const std::string input =
          Encode(Header('"' + alg + '"', '"' + Kid() + '"')) + '.' + Encode(kPayload);
      Bytes mac(32);
      unsigned mac_size = 0;
      ASSERT_NE(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                     AsBytes(input).data(), input.size(), mac.data(), &mac_size),
                nullptr);
      EXPECT_EQ(Refusal(input + '.' + Base64UrlEncode(mac)), "bad_signature");
    }
  }
}

TEST_P(NearlyAToken, I38_KeyIdsThatNameNoKeyOrAnother) {
  const auto header = [&](const std::string& kid) { return Header('"' + Alg() + '"', kid); };
  for (const std::string& kid :
       {std::string(), std::string(R"("")"), std::string(R"("A")"), '"' + Kid() + "A\"",
        '"' + Kid().substr(1) + '"', '"' + Kid() + "\\u0000\"", "\" " + Kid() + '"',
        std::string(R"("../../../../dev/null")"), std::string(R"("/dev/null")"),
        std::string(R"("file:///etc/passwd")"), std::string(R"("' OR '1'='1")"),
        std::string(R"("x\" UNION SELECT 'k")"), std::string(R"("|/usr/bin/true")"),
        '"' + std::string(4000, 'A') + '"'}) {
    EXPECT_EQ(Refusal(Token(header(kid))), "unknown_key") << kid;
  }
  for (const std::string& kid : {std::string("null"), std::string("0"), "[\"" + Kid() + "\"]"}) {
    EXPECT_EQ(Refusal(Token(header(kid))), "malformed") << kid;
  }
  for (const auto& record : Keys()) {
    if (record.algorithm == GetParam()) continue;
    EXPECT_EQ(Refusal(Token(header('"' + record.kid + '"'))), "bad_signature");
    const std::string theirs(OpenSigningKey(record).value()->Alg());
    EXPECT_EQ(Refusal(Token(Header('"' + theirs + '"', '"' + record.kid + '"'))), "bad_signature");
    EXPECT_EQ(Refusal(Token(Good(",\"kid\":\"" + record.kid + '"'))), "malformed");
  }
  EXPECT_EQ(Refusal(Token(Good(",\"kid\":\"" + Kid() + '"'))), "malformed");
  EXPECT_EQ(Refusal(Token(Good(R"(,"\u006bid":"x")"))), "malformed");
}

TEST_P(NearlyAToken, I38_KeysInTheHeaderDoNothing) {
  // A stranger's key of the same algorithm, under our key's kid and its own.
  const core::SigningKeyRecord record = *GenerateSigningKey(GetParam(), 1);
  const auto stranger = std::move(OpenSigningKey(record)).value();
  const std::string jwk = "{" + stranger->PublicMembers() + "}";
  for (const std::string& more :
       {",\"jwk\":" + jwk,
        ",\"jku\":\"data:application/json," + Encode("{\"keys\":[" + jwk + "]}") + '"',
        std::string(R"(,"x5u":"https://evil.example/c.pem")"), std::string(R"(,"x5c":["MIIB"])"),
        std::string(R"(,"x5t":"AA","x5t#S256":"AA")")}) {
    const std::string input = Encode(Good(more)) + '.' + Encode(kPayload);
    Bytes signature(stranger->SignatureSize());
    ASSERT_TRUE(stranger->Sign(AsBytes(input), signature).ok());
    EXPECT_EQ(Refusal(input + '.' + Base64UrlEncode(signature)), "bad_signature") << more;
    EXPECT_EQ(Refusal(Token(Good(more))), "") << "they are not even looked at: " << more;
  }
  // Not looked at, however they are made.
  for (const char* jwk_value :
       {"null", "7", "{}", R"({"kty":"oct","k":""})",
        R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})", R"({"kty":"RSA","n":"AQ","e":"AQ"})",
        R"({"kty":"OKP","crv":"Ed25519","x":"","d":""})"}) {
    EXPECT_EQ(Refusal(Token(Good(std::string(",\"jwk\":") + jwk_value))), "") << jwk_value;
  }
  EXPECT_EQ(Refusal(Token(Good(R"(,"jwk":{"kty":"EC","kty":"OKP"})"))), "malformed");
}

TEST_P(NearlyAToken, I38_ExtensionsThatWeDoNotKnow) {
  for (const char* crit :
       {R"(["exp"])", "[]", "null", "{}", R"("exp")", R"(["b64"])", R"(["alg","kid"])", "[[]]"}) {
    EXPECT_EQ(Refusal(Token(Good(std::string(",\"crit\":") + crit))), "malformed") << crit;
  }
  EXPECT_EQ(Refusal(Token(Good(R"(,"\u0063rit":["exp"])"))), "malformed");
  EXPECT_EQ(Refusal(Token(Good(R"(,"b64":false)"))), "malformed");
  EXPECT_EQ(Refusal(Token(Good(R"(,"unknown":1)"))), "") << "what is not critical is ignored";
}

TEST_P(NearlyAToken, I38_HeadersAndPayloadsThatAreNotOneObject) {
  for (const char* more : {R"(,"alg":"none")", R"(,"typ":"at+jwt")", R"(,"\u0061lg":"none")",
                           R"(,"x":{"y":1,"y":2})", R"(,"x":[{"y":1,"y":1}])"}) {
    EXPECT_EQ(Refusal(Token(Good(more))), "malformed") << more;
  }
  std::string many;
  for (int i = 0; i < 64; ++i) many += ",\"m" + std::to_string(i) + "\":0";
  const std::string deep = ",\"x\":" + std::string(40, '[') + std::string(40, ']');
  for (const std::string& header :
       {std::string(), std::string("{}{}"), "\xef\xbb\xbf" + Good(), Good() + "\n{}",
        Good() + std::string(1, '\0'), "[" + Good() + "]", std::string("null"),
        std::string("\"ES256\""), Good(many), Good(deep), Good(",\"x\":01"), Good(",\"x\":NaN"),
        Good(",\"x\":\"\xff\""), Good(","), Good() + "//", std::string(1, '{')}) {
    EXPECT_EQ(Refusal(Token(header)), "malformed") << header.substr(0, 80);
    EXPECT_EQ(Refusal(Token(Good(), header)), "malformed") << header.substr(0, 80);
  }
  for (const char* typ : {"", R"("")", R"("JWT")", R"("AT+JWT")", R"("at+jwt ")",
                          R"("application/at+jwt")", R"("id_token+jwt")"}) {
    EXPECT_EQ(Refusal(Token(Header('"' + Alg() + '"', '"' + Kid() + '"', "", typ))), "wrong_type")
        << typ;
  }
  for (const char* typ : {"null", "1", R"(["at+jwt"])"}) {
    EXPECT_EQ(Refusal(Token(Header('"' + Alg() + '"', '"' + Kid() + '"', "", typ))), "malformed")
        << typ;
  }
}

TEST_P(NearlyAToken, I38_ClaimsOfAnotherType) {
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string payload = kPayload;
    return payload.replace(payload.find(from), from.size(), to);
  };
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("exp":9)", R"("exp":"9")"},
           {R"("exp":9)", R"("exp":9.5)"},
           {R"("exp":9)", R"("exp":1e300)"},
           {R"("exp":9)", R"("exp":9223372036854775808)"},
           {R"("exp":9)", R"("exp":null)"},
           {R"("exp":9)", R"("exq":9)"},
           {R"("exp":9)", R"("exp":9,"exp":10)"},
           {R"("aud":"a")", R"("aud":["a"])"},
           {R"("sub":"s")", R"("sub":7)"},
           {R"("sub":"s")", R"("sub":"s","\u0073ub":"root")"},
           {R"("jti":"j")", R"("jti":"j","amr":"mfa")"},
           {R"("jti":"j")", R"("jti":"j","amr":[1])"}}) {
    EXPECT_EQ(Refusal(Token(Good(), with(from, to))), "malformed") << to;
  }
}

TEST_P(NearlyAToken, I38_MoreThanATokenMayHold) {
  const std::string big(JwsSigner::kMaxToken, 'A');
  EXPECT_EQ(Refusal(Token(Good(",\"x\":\"" + big + '"'))), "malformed");
  EXPECT_EQ(Refusal(Token(Good(), big)), "malformed");
  EXPECT_EQ(Refusal(big + '.' + big + '.' + big), "malformed");
  EXPECT_EQ(Refusal(std::string(100'000'000, '.')), "malformed");
}

std::string NameOf(const ::testing::TestParamInfo<SigningAlgorithm>& info) {
  constexpr const char* kNames[] = {"ES256", "EdDSA", "RS256"};
  return kNames[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(All, NearlyAToken,
                         ::testing::Values(SigningAlgorithm::kEs256, SigningAlgorithm::kEdDsa,
                                         SigningAlgorithm::kRs256),
                         NameOf);

}  // namespace
}  // namespace fob::crypto
