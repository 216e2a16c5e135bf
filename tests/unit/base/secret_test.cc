#include "base/secret.h"

#include <gtest/gtest.h>

#include <sstream>
#include <type_traits>

namespace fob {
namespace {

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes> && std::is_nothrow_move_assignable_v<SecretBytes>);
static_assert(!std::is_convertible_v<SecretBytes, std::string> && !std::is_convertible_v<std::string, SecretBytes>);
static_assert(!Streamable<SecretBytes>);

TEST(SecretBytes, HoldsAndComparesBytes) {
  const SecretBytes a(std::string_view("secret"));
  EXPECT_EQ(a.RevealText(), "secret");
  EXPECT_EQ(a.size(), 6u);
  EXPECT_TRUE(a == SecretBytes(std::string_view("secret")));
  EXPECT_FALSE(a == SecretBytes(std::string_view("secreT")));
  EXPECT_FALSE(a == SecretBytes(std::string_view("secret1")));
  EXPECT_TRUE(SecretBytes() == SecretBytes(std::string_view()));
  EXPECT_TRUE(SecretBytes().empty());
}

TEST(SecretBytes, StartsZeroed) {
  const SecretBytes zeroed(size_t{32});
  for (const uint8_t byte : zeroed.Reveal()) EXPECT_EQ(byte, 0);
}

TEST(SecretBytes, MovingEmptiesTheSource) {
  SecretBytes a(std::string_view("secret"));
  SecretBytes b(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): what it is here to show
  EXPECT_EQ(b.RevealText(), "secret");
  SecretBytes& self = b;
  b = std::move(self);
  EXPECT_EQ(b.RevealText(), "secret");
}

TEST(SecretBytes, AssignmentWipesWhatWasThere) {
  SecretBytes a(std::string_view("old secret"));
  SecretBytes b(std::string_view("new"));
  a = std::move(b);
  EXPECT_EQ(a.RevealText(), "new");
  const SecretBytes clone = a.Clone();
  EXPECT_TRUE(clone == a);
  EXPECT_NE(clone.Reveal().data(), a.Reveal().data());
}

TEST(Wipe, OverwritesEveryByte) {
  Bytes bytes = {1, 2, 3, 4};
  Wipe(bytes);
  EXPECT_EQ(bytes, Bytes(4, 0));
  Wipe(nullptr, 0);
}

TEST(ConstantTimeEqual, I41_SeesEachByte) {
  const Bytes a(32, 7);
  EXPECT_TRUE(ConstantTimeEqual(a, a));
  EXPECT_TRUE(ConstantTimeEqual({}, {}));
  for (size_t i = 0; i < a.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes b = a;
      b[i] = static_cast<uint8_t>(b[i] ^ (1u << bit));
      EXPECT_FALSE(ConstantTimeEqual(a, b)) << i;
    }
  }
  EXPECT_FALSE(ConstantTimeEqual(a, ByteView(a).first(31)));
}

}  // namespace
}  // namespace fob
