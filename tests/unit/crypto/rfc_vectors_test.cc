// The examples of the RFCs through our code.
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "base/encoding.h"
#include "daemon/crypto/eddsa_key.h"
#include "daemon/crypto/jws_signer.h"
#include "daemon/crypto/private_key.h"
#include "daemon/crypto/rs256_key.h"

namespace fob::crypto {
namespace {

// The claims of RFC 7515 appendices A.1 to A.3.
constexpr std::string_view kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";

Bytes Decode(std::string_view text) { return std::move(Base64UrlDecode(text)).value(); }

using Number = std::unique_ptr<BIGNUM, OsslFree<BN_free>>;

// A private RSA key from the members of its JWK.
SecretBytes RsaKey(std::initializer_list<std::pair<const char*, std::string_view>> members) {
  const std::unique_ptr<OSSL_PARAM_BLD, OsslFree<OSSL_PARAM_BLD_free>> build(OSSL_PARAM_BLD_new());
  std::vector<Number> numbers;
  for (const auto& [name, text] : members) {
    const Bytes bytes = Decode(text);
    numbers.emplace_back(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    EXPECT_EQ(OSSL_PARAM_BLD_push_BN(build.get(), name, numbers.back().get()), 1);
  }
  const std::unique_ptr<OSSL_PARAM, OsslFree<OSSL_PARAM_free>> parameters(
      OSSL_PARAM_BLD_to_param(build.get()));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  EXPECT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()), 1);
  return std::move(EncodePrivateKey(Pkey(key))).value();
}

TEST(Rfc7515, A1_AnHmacIsNoSignatureHere) {
  core::SigningKeyRecord record = *GenerateSigningKey(core::SigningAlgorithm::kEs256, 1);
  std::vector<core::SigningKeyRecord> keys;
  keys.push_back(std::move(record));
  JwsSigner signer;
  ASSERT_TRUE(signer.Load(keys).ok());
  const auto checked =
      signer.Check("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + std::string(kPayload) +
                   ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  EXPECT_EQ(checked.error().code, Code::kDenied);
}

TEST(Rfc7515, A2_Rs256) {
  constexpr std::string_view kModulus =
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"
      "4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql"
      "L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
      "bSf63kpaSHSXndS5z5rexMdbBYUs"
      "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-"
      "DWNmoud"
      "F8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
  const SecretBytes der = RsaKey(
      {{OSSL_PKEY_PARAM_RSA_N, kModulus},
       {OSSL_PKEY_PARAM_RSA_E, "AQAB"},
       {OSSL_PKEY_PARAM_RSA_D,
        "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-"
        "7YwVol2NXOoAJe"
        "46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-"
        "GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9J"
        "YanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_"
        "jTj3ccPDVZFD9pIuh"
        "LhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"},
       {OSSL_PKEY_PARAM_RSA_FACTOR1,
        "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_"
        "5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJ"
        "NPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"},
       {OSSL_PKEY_PARAM_RSA_FACTOR2,
        "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-"
        "7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_Yw"
        "D66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"},
       {OSSL_PKEY_PARAM_RSA_EXPONENT1,
        "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOK"
        "nu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0"},
       {OSSL_PKEY_PARAM_RSA_EXPONENT2,
        "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U"
        "0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU"},
       {OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
        "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5"
        "cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U"}});
  const auto key = Rs256Key::Open(der);
  ASSERT_TRUE(key.ok()) << key.error().text;
  EXPECT_EQ((*key)->PublicMembers(),
            R"("e":"AQAB","kty":"RSA","n":")" + std::string(kModulus) + '"');
  const std::string input = "eyJhbGciOiJSUzI1NiJ9." + std::string(kPayload);
  const Bytes signature = Decode(
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujG"
      "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
      "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
      "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
      "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
      "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
  EXPECT_TRUE((*key)->Verify(AsBytes(input), signature));
  EXPECT_FALSE((*key)->Verify(AsBytes(input + "x"), signature));
  Bytes ours((*key)->SignatureSize());
  ASSERT_TRUE((*key)->Sign(AsBytes(input), ours).ok());
  EXPECT_EQ(ours, signature);
}

// A.3 (ES256) is in es256_key_test.cc: its key has no published PKCS #8 form and no fixed
// signature.

TEST(Rfc7638, Clause3_1_ThumbprintOfAnRsaKey) {
  const auto thumbprint = Thumbprint(R"("e":"AQAB","kty":"RSA","n":")"
                                     "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT"
                                     "86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWK"
                                     "RXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_"
                                     "RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMic"
                                     "AtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrd"
                                     "kt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3"
                                     "XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
                                     R"(")");
  EXPECT_EQ(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Rfc8037, A_Ed25519) {
  // PKCS #8 of A.1's `d` (RFC 8410 clause 7).
  Bytes der = std::move(HexDecode("302e020100300506032b657004220420")).value();
  const Bytes d = Decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
  der.insert(der.end(), d.begin(), d.end());
  const auto key = EdDsaKey::Open(SecretBytes(der));
  ASSERT_TRUE(key.ok()) << key.error().text;
  // A.2, A.3
  EXPECT_EQ((*key)->PublicMembers(),
            R"("crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")");
  EXPECT_EQ(Thumbprint((*key)->PublicMembers()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  // A.4, A.5
  const std::string input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  Bytes signature(64);
  ASSERT_TRUE((*key)->Sign(AsBytes(input), signature).ok());
  EXPECT_EQ(
      Base64UrlEncode(signature),
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_TRUE((*key)->Verify(AsBytes(input), signature));
}

}  // namespace
}  // namespace fob::crypto
