#include "daemon/crypto/signing_key.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "daemon/crypto/private_key.h"

namespace fob::crypto {
namespace {

using core::SigningAlgorithm;

constexpr SigningAlgorithm kAll[] = {SigningAlgorithm::kEs256, SigningAlgorithm::kEdDsa,
                                     SigningAlgorithm::kRs256};

Pkey RsaKey(int bits, unsigned long exponent) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  BIGNUM* e = BN_new();
  BN_set_word(e, exponent);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits);
  EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e);
  BN_free(e);
  EVP_PKEY_keygen(context.get(), &key);
  return Pkey(key);
}

Error OpenError(SigningAlgorithm algorithm, const SecretBytes& private_key) {
  core::SigningKeyRecord record;
  record.algorithm = algorithm;
  record.private_key = private_key.Clone();
  return OpenSigningKey(record).error();
}

// The key itself, and not only its kid, is refused.
bool Refuses(SigningAlgorithm algorithm, const SecretBytes& private_key) {
  const Error error = OpenError(algorithm, private_key);
  return error.code == Code::kCorrupt && error.text.starts_with("a stored signing key is not");
}

class EachSigningKey : public ::testing::TestWithParam<SigningAlgorithm> {
 protected:
  void SetUp() override {
    auto record = GenerateSigningKey(GetParam(), 7);
    ASSERT_TRUE(record.ok()) << record.error().text;
    record_ = *std::move(record);
    key_ = std::move(OpenSigningKey(record_)).value();
    signature_.resize(key_->SignatureSize());
    ASSERT_TRUE(key_->Sign(AsBytes("input"), signature_).ok());
  }

  core::SigningKeyRecord record_;
  std::unique_ptr<SigningKey> key_;
  Bytes signature_;
};

TEST_P(EachSigningKey, VerifiesWhatItSignedAndNothingElse) {
  EXPECT_EQ(record_.created_at, 7);
  EXPECT_EQ(record_.algorithm, GetParam());
  EXPECT_TRUE(key_->Verify(AsBytes("input"), signature_));
  EXPECT_FALSE(key_->Verify(AsBytes("inpu"), signature_));
  EXPECT_FALSE(key_->Verify(AsBytes("input "), signature_));
  EXPECT_FALSE(key_->Verify({}, signature_));
  const auto other = std::move(OpenSigningKey(*GenerateSigningKey(GetParam(), 7))).value();
  EXPECT_FALSE(other->Verify(AsBytes("input"), signature_));
}

TEST_P(EachSigningKey, I38_SignaturesHaveOneLength) {
  const size_t good = signature_.size();
  for (const size_t size : {size_t{0}, size_t{1}, good / 2, good - 1, good + 1, 2 * good}) {
    Bytes other = signature_;
    other.resize(size);
    EXPECT_FALSE(key_->Verify(AsBytes("input"), other)) << size;
    Bytes front_padded(size, 0);
    std::copy_backward(signature_.begin(),
                       signature_.begin() + static_cast<long>(std::min(good, size)),
                       front_padded.end());
    EXPECT_FALSE(key_->Verify(AsBytes("input"), front_padded)) << size;
  }
  Bytes too_short(good - 1);
  EXPECT_FALSE(key_->Sign(AsBytes("input"), too_short).ok());
}

TEST_P(EachSigningKey, I38_EveryFlippedBitIsRefused) {
  for (size_t bit = 0; bit < signature_.size() * 8; ++bit) {
    Bytes damaged = signature_;
    damaged[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    ASSERT_FALSE(key_->Verify(AsBytes("input"), damaged)) << bit;
  }
  EXPECT_FALSE(key_->Verify(AsBytes("input"), Bytes(signature_.size(), 0)));
  EXPECT_FALSE(key_->Verify(AsBytes("input"), Bytes(signature_.size(), 0xff)));
}

TEST_P(EachSigningKey, OpensNoKeyOfAnotherAlgorithm) {
  for (const SigningAlgorithm other : kAll) {
    if (other == GetParam()) continue;
    EXPECT_TRUE(Refuses(other, record_.private_key));
  }
}

TEST_P(EachSigningKey, OpensNothingDamaged) {
  EXPECT_TRUE(Refuses(GetParam(), SecretBytes()));
  EXPECT_TRUE(Refuses(GetParam(), SecretBytes(std::string_view("rubbish"))));
  const ByteView good = record_.private_key.Reveal();
  for (size_t size = 0; size < good.size(); ++size)
    ASSERT_TRUE(Refuses(GetParam(), SecretBytes(good.first(size)))) << size;
  Bytes longer(good.begin(), good.end());
  longer.push_back(0);
  EXPECT_TRUE(Refuses(GetParam(), SecretBytes(longer)));
}

TEST_P(EachSigningKey, OpensUnderItsOwnKidOnly) {
  for (const char* kid : {"", "A", "../etc/passwd"}) {
    record_.kid = kid;
    EXPECT_EQ(OpenSigningKey(record_).error().code, Code::kCorrupt) << kid;
  }
  record_.kid = GenerateSigningKey(GetParam(), 7)->kid;
  EXPECT_EQ(OpenSigningKey(record_).error().code, Code::kCorrupt);
}

std::string NameOf(const ::testing::TestParamInfo<SigningAlgorithm>& info) {
  constexpr const char* kNames[] = {"ES256", "EdDSA", "RS256"};
  return kNames[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(All, EachSigningKey, ::testing::ValuesIn(kAll), NameOf);

TEST(SigningKey, I38_TakesNoOtherCurveSizeOrExponent) {
  EXPECT_TRUE(Refuses(SigningAlgorithm::kEs256, *EncodePrivateKey(Pkey(EVP_EC_gen("P-384")))));
  EXPECT_TRUE(Refuses(SigningAlgorithm::kEs256, *EncodePrivateKey(Pkey(EVP_EC_gen("secp256k1")))));
  for (const char* type : {"ED448", "X25519"}) {
    const Pkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
    EXPECT_TRUE(Refuses(SigningAlgorithm::kEdDsa, *EncodePrivateKey(key))) << type;
  }
  const SecretBytes good = *EncodePrivateKey(RsaKey(2048, RSA_F4));
  EXPECT_FALSE(Refuses(SigningAlgorithm::kRs256, good));
  for (const auto& [bits, exponent] : {std::pair{1024, RSA_F4}, {2040, RSA_F4}, {2048, RSA_3}}) {
    const Pkey key = RsaKey(bits, static_cast<unsigned long>(exponent));
    EXPECT_TRUE(Refuses(SigningAlgorithm::kRs256, *EncodePrivateKey(key))) << bits;
  }
}

}  // namespace
}  // namespace fob::crypto
