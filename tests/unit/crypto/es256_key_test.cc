#include "daemon/crypto/es256_key.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"

namespace fob::crypto {
namespace {

Bytes Hex(std::string_view text) { return std::move(HexDecode(text)).value(); }

Bytes Der(const Bytes& r, const Bytes& s) {
  Bytes out = {0x30, static_cast<uint8_t>(4 + r.size() + s.size()), 0x02,
               static_cast<uint8_t>(r.size())};
  out.insert(out.end(), r.begin(), r.end());
  out.push_back(0x02);
  out.push_back(static_cast<uint8_t>(s.size()));
  out.insert(out.end(), s.begin(), s.end());
  return out;
}

bool Converts(const Bytes& der, Bytes* raw = nullptr) {
  std::array<uint8_t, 64> out;
  out.fill(0xaa);
  const bool good = EcdsaDerToRaw(der, out);
  if (raw != nullptr) raw->assign(out.begin(), out.end());
  return good;
}

TEST(EcdsaDerToRaw, PadsShortAndStripsSignedIntegers) {
  Bytes raw;
  Bytes high(33, 0x80);
  high[0] = 0;
  ASSERT_TRUE(Converts(Der({0x05}, high), &raw));
  EXPECT_EQ(HexEncode(raw), std::string(62, '0') + "05" + std::string([] {
                              std::string text;
                              for (int i = 0; i < 32; ++i) text += "80";
                              return text;
                            }()));
}

TEST(EcdsaDerToRaw, RefusesWhatIsNotExact) {
  const Bytes good = Der(Bytes(32, 0x11), Bytes(32, 0x22));
  ASSERT_TRUE(Converts(good));
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(Converts({good.begin(), good.begin() + static_cast<long>(size)}));
  Bytes trailing = good;
  trailing.push_back(0);
  EXPECT_FALSE(Converts(trailing));
  trailing[1] = static_cast<uint8_t>(trailing[1] + 1);
  EXPECT_FALSE(Converts(trailing));
  EXPECT_FALSE(Converts(Der(Bytes(33, 0x11), Bytes(32, 0x22)))) << "33 significant bytes";
  EXPECT_FALSE(Converts(Der({0x80}, {0x01}))) << "negative";
  EXPECT_FALSE(Converts(Der({0x00, 0x01}, {0x01}))) << "not minimal";
  EXPECT_FALSE(Converts(Der({}, {0x01}))) << "empty integer";
  Bytes other = good;
  other[0] = 0x31;
  EXPECT_FALSE(Converts(other));
  other = good;
  other[2] = 0x03;
  EXPECT_FALSE(Converts(other));
}

TEST(Es256Key, VerifiesTheExampleOfRfc7515) {
  // RFC 7515 appendix A.3: its private key, as PKCS #8.
  const Bytes d = *Base64UrlDecode("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
  Bytes der = Hex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");
  der.insert(der.end(), d.begin(), d.end());
  const auto key = Es256Key::Open(SecretBytes(der));
  ASSERT_TRUE(key.ok()) << key.error().text;
  EXPECT_EQ((*key)->PublicMembers(),
            R"("crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
            R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")");
  const std::string input =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const Bytes signature = *Base64UrlDecode(
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  EXPECT_TRUE((*key)->Verify(AsBytes(input), signature));
  EXPECT_FALSE((*key)->Verify(AsBytes(input + "x"), signature));
}

TEST(Es256Key, I38_SignaturesHaveExactly64BytesInRange) {
  const auto key = std::move(Es256Key::Open(*Es256Key::Generate())).value();
  Bytes signature(64);
  ASSERT_TRUE(key->Sign(AsBytes("input"), signature).ok());
  EXPECT_TRUE(key->Verify(AsBytes("input"), signature));
  for (const size_t size : {0, 1, 63, 65, 128}) {
    Bytes other = signature;
    other.resize(size);
    EXPECT_FALSE(key->Verify(AsBytes("input"), other)) << size;
  }
  Bytes zero_r = signature;
  std::fill_n(zero_r.begin(), 32, uint8_t{0});
  EXPECT_FALSE(key->Verify(AsBytes("input"), zero_r));
  Bytes zero_s = signature;
  std::fill_n(zero_s.begin() + 32, 32, uint8_t{0});
  EXPECT_FALSE(key->Verify(AsBytes("input"), zero_s));
  EXPECT_FALSE(key->Verify(AsBytes("input"), Bytes(64, 0)));
  EXPECT_FALSE(key->Verify(AsBytes("input"), Bytes(64, 0xff))) << "beyond the order";
  for (size_t bit = 0; bit < 512; bit += 7) {
    Bytes damaged = signature;
    damaged[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    EXPECT_FALSE(key->Verify(AsBytes("input"), damaged)) << bit;
  }
}

TEST(Es256Key, SignsManyTimesWithOneContext) {
  const auto key = std::move(Es256Key::Open(*Es256Key::Generate())).value();
  for (int i = 0; i < 2000; ++i) {  // enough for short integers to occur
    const std::string input = "input " + std::to_string(i);
    Bytes signature(64);
    ASSERT_TRUE(key->Sign(AsBytes(input), signature).ok());
    ASSERT_TRUE(key->Verify(AsBytes(input), signature)) << i;
  }
}

TEST(Es256Key, OpensNothingElse) {
  EXPECT_EQ(Es256Key::Open(SecretBytes()).error().code, Code::kCorrupt);
  EXPECT_EQ(Es256Key::Open(SecretBytes(std::string_view("rubbish"))).error().code, Code::kCorrupt);
  const SecretBytes good = *Es256Key::Generate();
  Bytes longer(good.Reveal().begin(), good.Reveal().end());
  longer.push_back(0);
  EXPECT_EQ(Es256Key::Open(SecretBytes(longer)).error().code, Code::kCorrupt);
  // A P-384 key is a good key of another algorithm.
  const Pkey p384(EVP_EC_gen("P-384"));
  uint8_t* der = nullptr;
  const int size = i2d_PrivateKey(p384.get(), &der);
  ASSERT_GT(size, 0);
  EXPECT_EQ(Es256Key::Open(SecretBytes(ByteView(der, static_cast<size_t>(size)))).error().code,
            Code::kCorrupt);
  OPENSSL_free(der);
}

}  // namespace
}  // namespace fob::crypto
