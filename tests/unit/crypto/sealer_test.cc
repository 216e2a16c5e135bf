#include <gtest/gtest.h>

#include "base/encoding.h"
#include "daemon/crypto/aes_gcm_sealer.h"
#include "daemon/crypto/sha256_hasher.h"

namespace fob::crypto {
namespace {

std::unique_ptr<AesGcmSealer> MakeSealer(char fill) {
  return std::move(AesGcmSealer::Create(SecretBytes(std::string_view(std::string(32, fill)))))
      .value();
}

TEST(Sha256Hasher, KnownAnswers) {
  const Sha256Hasher hasher;
  // FIPS 180-4 examples.
  EXPECT_EQ(HexEncode(hasher.Sha256({})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexEncode(hasher.Sha256(AsBytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AesGcmSealer, OpensWhatItSealed) {
  const auto sealer = MakeSealer('k');
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(20, '\0'), std::string(5000, 's')}) {
    const Bytes sealed = *sealer->Seal("otp/otp_a/secret", SecretBytes(text));
    EXPECT_EQ(sealed.size(), text.size() + 37);
    const auto opened = sealer->Open("otp/otp_a/secret", sealed);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->RevealText(), text);
  }
}

TEST(AesGcmSealer, NeverSealsTwiceAlike) {
  const auto sealer = MakeSealer('k');
  const SecretBytes secret(std::string_view("secret"));
  EXPECT_NE(*sealer->Seal("row", secret), *sealer->Seal("row", secret));
}

TEST(AesGcmSealer, AnotherRowDoesNotOpen) {
  const auto sealer = MakeSealer('k');
  const Bytes sealed = *sealer->Seal("otp/otp_a/secret", SecretBytes(std::string_view("secret")));
  const auto opened = sealer->Open("otp/otp_b/secret", sealed);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kCorrupt);
}

TEST(AesGcmSealer, AnotherMasterKeyDoesNotOpen) {
  const Bytes sealed = *MakeSealer('k')->Seal("row", SecretBytes(std::string_view("secret")));
  EXPECT_EQ(MakeSealer('l')->Open("row", sealed).error().code, Code::kCorrupt);
}

TEST(AesGcmSealer, EveryFlippedBitAndEveryCutIsCorrupt) {
  const auto sealer = MakeSealer('k');
  const Bytes sealed = *sealer->Seal("row", SecretBytes(std::string_view("secret")));
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes damaged = sealed;
    damaged[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    ASSERT_EQ(sealer->Open("row", damaged).error().code, Code::kCorrupt) << bit;
  }
  for (size_t size = 0; size < sealed.size(); ++size) {
    ASSERT_EQ(sealer->Open("row", ByteView(sealed).first(size)).error().code, Code::kCorrupt)
        << size;
  }
  Bytes longer = sealed;
  longer.push_back(0);
  EXPECT_FALSE(sealer->Open("row", longer).ok());
}

SecretBytes Master(char fill) { return SecretBytes(std::string_view(std::string(32, fill))); }

TEST(AesGcmSealer, OpensWhatFormerKeysSealedWhileItKnowsThem) {
  const SecretBytes secret(std::string_view("secret"));
  const auto sealer = MakeSealer('k');
  const Bytes before = *sealer->Seal("row", secret);
  const std::string id = *AesGcmSealer::IdOf(Master('l'));
  EXPECT_EQ(sealer->SealWith(id).error().code, Code::kNotFound);
  ASSERT_TRUE(sealer->Learn(Master('l')).ok());
  const Bytes mark = sealer->Mark();
  ASSERT_TRUE(sealer->SealWith(id).ok());
  EXPECT_NE(sealer->Mark(), mark);
  const Bytes after = *sealer->Seal("row", secret);
  EXPECT_TRUE(std::equal(mark.begin(), mark.end(), before.begin()));
  EXPECT_FALSE(std::equal(mark.begin(), mark.end(), after.begin()));
  EXPECT_EQ(sealer->Open("row", before)->RevealText(), "secret");
  EXPECT_EQ(sealer->Open("row", after)->RevealText(), "secret");
  EXPECT_EQ(MakeSealer('l')->Open("row", after)->RevealText(), "secret");
  sealer->Forget();
  EXPECT_EQ(sealer->Open("row", before).error().code, Code::kCorrupt);
  EXPECT_EQ(sealer->Open("row", after)->RevealText(), "secret");
}

TEST(AesGcmSealer, OpensWhatWasSealedBeforeKeysHadIds) {
  // By the program of that time: master key 32 times 'k', row "row", secret "secret".
  const Bytes sealed = *HexDecode(
      "01000102030405060708090a0bb95ca9ffb182be1faef827e33d6b5415803be803591f");
  EXPECT_EQ(MakeSealer('k')->Open("row", sealed)->RevealText(), "secret");
  const auto later = MakeSealer('l');
  EXPECT_FALSE(later->Open("row", sealed).ok());
  ASSERT_TRUE(later->Learn(Master('k')).ok());
  EXPECT_EQ(later->Open("row", sealed)->RevealText(), "secret") << "any key that is known";
}

TEST(AesGcmSealer, TheIdOfAMasterKeyIsItsOwn) {
  EXPECT_EQ(AesGcmSealer::IdOf(Master('k'))->size(), 16u);
  EXPECT_EQ(*AesGcmSealer::IdOf(Master('k')), *AesGcmSealer::IdOf(Master('k')));
  EXPECT_NE(*AesGcmSealer::IdOf(Master('k')), *AesGcmSealer::IdOf(Master('l')));
  EXPECT_FALSE(AesGcmSealer::IdOf(SecretBytes(size_t{31})).ok());
}

TEST(AesGcmSealer, TakesOnlyKeysOf32Bytes) {
  EXPECT_EQ(AesGcmSealer::Create(SecretBytes(size_t{31})).error().code, Code::kInvalidArgument);
  EXPECT_EQ(AesGcmSealer::Create(SecretBytes(size_t{33})).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fob::crypto
