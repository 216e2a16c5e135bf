// Signatures that are nearly one, by what is particular to each algorithm (I38).
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "base/encoding.h"
#include "daemon/crypto/eddsa_key.h"
#include "daemon/crypto/es256_key.h"
#include "daemon/crypto/private_key.h"
#include "daemon/crypto/rs256_key.h"

namespace fob::crypto {
namespace {

// The orders of the groups: FIPS 186-4 appendix D.1.2.3, and RFC 8032 clause 5.1 (little-endian).
constexpr std::string_view kP256Order =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr std::string_view kEd25519Order =
    "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

Bytes Hex(std::string_view text) { return std::move(HexDecode(text)).value(); }

TEST(Es256, I38_NumbersOutOfRange) {
  const auto key = std::move(Es256Key::Open(*Es256Key::Generate())).value();
  const ByteView input = AsBytes("input");
  Bytes good(64);
  ASSERT_TRUE(key->Sign(input, good).ok());
  const Bytes order = Hex(kP256Order);
  Bytes above = order;
  ++above.back();
  const Bytes zero(32, 0);
  Bytes one = zero;
  one.back() = 1;
  for (const Bytes& number : {zero, order, above, Bytes(32, 0xff)}) {
    for (const long at : {0, 32}) {
      Bytes other = good;
      std::copy(number.begin(), number.end(), other.begin() + at);
      EXPECT_FALSE(key->Verify(input, other)) << HexEncode(number) << " at " << at;
    }
    for (const Bytes& second : {zero, one, order}) {
      Bytes both = number;
      both.insert(both.end(), second.begin(), second.end());
      EXPECT_FALSE(key->Verify(input, both));
    }
  }
}

TEST(Es256, I38_SignaturesInDer) {
  const SecretBytes stored = *Es256Key::Generate();
  const auto key = std::move(Es256Key::Open(stored)).value();
  const Pkey pkey = *DecodePrivateKey(stored, "EC", "");
  for (int i = 0; i < 64; ++i) {
    const DigestContext context(EVP_MD_CTX_new());
    Bytes der(80);
    size_t size = der.size();
    const ByteView input = AsBytes("input");
    ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, pkey.get()), 1);
    ASSERT_EQ(EVP_DigestSign(context.get(), der.data(), &size, input.data(), input.size()), 1);
    der.resize(size);
    EXPECT_FALSE(key->Verify(input, der));
  }
}

// RFC 8032 clause 5.1.7: S is less than the order, or the same signature would have two forms.
TEST(EdDsa, I38_AScalarBeyondTheOrder) {
  const auto key = std::move(EdDsaKey::Open(*EdDsaKey::Generate())).value();
  const ByteView input = AsBytes("input");
  Bytes signature(64);
  ASSERT_TRUE(key->Sign(input, signature).ok());
  const Bytes order = Hex(kEd25519Order);
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    const unsigned sum = unsigned{signature[32 + i]} + order[i] + carry;
    signature[32 + i] = static_cast<uint8_t>(sum);
    carry = sum >> 8;
  }
  ASSERT_EQ(carry, 0u);
  EXPECT_FALSE(key->Verify(input, signature));
  // The neutral point and a scalar of zero sign anything under a weak key; not under ours.
  Bytes neutral(64, 0);
  neutral[0] = 1;
  EXPECT_FALSE(key->Verify(input, neutral));
}

TEST(Rs256, I38_OtherPaddingsAndDigests) {
  const SecretBytes stored = *Rs256Key::Generate();
  const auto key = std::move(Rs256Key::Open(stored)).value();
  const Pkey pkey = *DecodePrivateKey(stored, "RSA", "");
  const ByteView input = AsBytes("input");
  const auto sign = [&](const EVP_MD* digest, int padding) {
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    Bytes signature(384);
    size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), &parameters, digest, nullptr, pkey.get()), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(parameters, padding), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, input.data(), input.size()),
              1);
    return signature;
  };
  EXPECT_TRUE(key->Verify(input, sign(EVP_sha256(), RSA_PKCS1_PADDING)));
  EXPECT_FALSE(key->Verify(input, sign(EVP_sha256(), RSA_PKCS1_PSS_PADDING)));
  for (const EVP_MD* digest : {EVP_sha1(), EVP_sha384(), EVP_sha512(), EVP_sha3_256()})
    EXPECT_FALSE(key->Verify(input, sign(digest, RSA_PKCS1_PADDING)));

  // The same number plus the modulus, where that fits: another spelling of the same signature.
  BIGNUM* modulus = nullptr;
  ASSERT_EQ(EVP_PKEY_get_bn_param(pkey.get(), "n", &modulus), 1);
  const std::unique_ptr<BIGNUM, OsslFree<BN_free>> n(modulus);
  size_t fitted = 0;
  for (int i = 0; i < 64 && fitted == 0; ++i) {
    const std::string text = "input " + std::to_string(i);
    Bytes signature(384);
    ASSERT_TRUE(key->Sign(AsBytes(text), signature).ok());
    const std::unique_ptr<BIGNUM, OsslFree<BN_free>> s(BN_bin2bn(signature.data(), 384, nullptr));
    ASSERT_EQ(BN_add(s.get(), s.get(), n.get()), 1);
    if (BN_num_bytes(s.get()) > 384) continue;
    ++fitted;
    BN_bn2binpad(s.get(), signature.data(), 384);
    EXPECT_FALSE(key->Verify(AsBytes(text), signature));
  }
}

}  // namespace
}  // namespace fob::crypto
