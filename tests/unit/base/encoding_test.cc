#include "base/encoding.h"

#include <gtest/gtest.h>

namespace fob {
namespace {

Bytes Plain(std::string_view text) { return {AsBytes(text).begin(), AsBytes(text).end()}; }

struct Vector {
  std::string_view plain, base64url, base32, hex;
};

// RFC 4648 clause 10, without padding.
constexpr Vector kVectors[] = {{"", "", "", ""},
                               {"f", "Zg", "MY", "66"},
                               {"fo", "Zm8", "MZXQ", "666f"},
                               {"foo", "Zm9v", "MZXW6", "666f6f"},
                               {"foob", "Zm9vYg", "MZXW6YQ", "666f6f62"},
                               {"fooba", "Zm9vYmE", "MZXW6YTB", "666f6f6261"},
                               {"foobar", "Zm9vYmFy", "MZXW6YTBOI", "666f6f626172"}};

TEST(Encoding, Rfc4648Vectors) {
  for (const Vector& v : kVectors) {
    EXPECT_EQ(Base64UrlEncode(AsBytes(v.plain)), v.base64url);
    EXPECT_EQ(*Base64UrlDecode(v.base64url), Plain(v.plain));
    EXPECT_EQ(Base32Encode(SecretBytes(v.plain)).RevealText(), v.base32);
    EXPECT_EQ(HexEncode(AsBytes(v.plain)), v.hex);
    EXPECT_EQ(*HexDecode(v.hex), Plain(v.plain));
  }
}

TEST(Encoding, EveryByteValueComesBack) {
  Bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<uint8_t>(i));
  for (size_t size = 0; size <= all.size(); ++size) {
    const Bytes part(all.end() - static_cast<ptrdiff_t>(size), all.end());
    EXPECT_EQ(*Base64UrlDecode(Base64UrlEncode(part)), part);
    EXPECT_EQ(*HexDecode(HexEncode(part)), part);
  }
  EXPECT_EQ(Base64UrlEncode(Bytes{0xfb, 0xff, 0xbf}), "-_-_");
}

TEST(Encoding, I38_Base64UrlHasOneSpelling) {
  for (const std::string_view bad : {"Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", " Zm9v", "Zm9v.", "\x80Zm9"}) {
    const auto decoded = Base64UrlDecode(bad);
    ASSERT_FALSE(decoded.ok()) << bad;
    EXPECT_EQ(decoded.error().code, Code::kInvalidArgument);
  }
  EXPECT_FALSE(Base64UrlDecode(std::string_view("Zm\0v", 4)).ok());
}

TEST(Encoding, HexIsLowerCaseAndWhole) {
  for (const std::string_view bad : {"0", "0g", "0x", "00 ", "0\n", "-1", "AF", "aF"}) EXPECT_FALSE(HexDecode(bad).ok()) << bad;
}

TEST(Encoding, PercentKeepsWhatIsUnreserved) {
  EXPECT_EQ("a-b_c.d~e%20%26%C3%A9", PercentEncode("a-b_c.d~e &\xc3\xa9"));
  EXPECT_EQ("AZaz09%00%2F%7F%FF", PercentEncode(std::string_view("AZaz09\0/\x7f\xff", 10)));
}

}  // namespace
}  // namespace fob
