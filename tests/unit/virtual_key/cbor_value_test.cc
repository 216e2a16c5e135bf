#include "tests/support/virtual_key/cbor_value.h"

#include <gtest/gtest.h>

namespace fob::testing {
namespace {

TEST(VirtualKeyCbor, EncodesCanonically) {
  const CborValue value =
      CborValue::Map{{"b", true}, {-1, CborValue()}, {"aa", 500}, {1, Bytes{1, 2}}};
  EXPECT_EQ(value.Encode(), (Bytes{0xa4, 0x01, 0x42, 1, 2, 0x20, 0xf6, 0x61, 'b', 0xf5, 0x62, 'a',
                                   'a', 0x19, 0x01, 0xf4}));
}

TEST(VirtualKeyCbor, ReadsWhatItWrote) {
  const CborValue value = CborValue::Map{{1, int64_t{1} << 40},
                                         {2, CborValue::Array{1, -500, "text", false}},
                                         {3, std::string(300, 'x')}};
  const auto parsed = CborValue::Parse(value.Encode());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed->Find(1)->AsInt(), int64_t{1} << 40);
  EXPECT_EQ(parsed->Encode(), value.Encode());
}

TEST(VirtualKeyCbor, RefusesWhatIsNotCanonical) {
  const Bytes bad[] = {
      {},                                       // nothing
      {0x00, 0x00},                             // trailing byte
      {0x18, 0x17},                             // long head
      {0x19, 0x00, 0xff},                       // long head
      {0x9f, 0xff},                             // indefinite array
      {0xa2, 0x01, 0x00, 0x01, 0x00},           // duplicate key
      {0xa2, 0x02, 0x00, 0x01, 0x00},           // unsorted keys
      {0xa2, 0x62, 'a', 'a', 0, 0x61, 'b', 0},  // the longer key first
      {0xa1, 0x01},                             // cut
      {0x5a, 0xff, 0xff, 0xff, 0xff},           // longer than the input
      {0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
      {0xc0, 0x00},                                                  // tag
      {0xf9, 0x00, 0x00},                                            // float
      {0x62, 0xc3, 0x28},                                            // no UTF-8
      {0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x00},  // too deep
  };
  for (const Bytes& in : bad) EXPECT_FALSE(CborValue::Parse(in)) << ::testing::PrintToString(in);
}

}  // namespace
}  // namespace fob::testing
