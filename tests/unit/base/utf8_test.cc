#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace fob {
namespace {

TEST(Utf8, RunesAreReadOneAfterAnother) {
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91";
  std::u32string points;
  for (std::string_view rest = text; !rest.empty();) {
    const Rune rune = FirstRune(rest);
    ASSERT_NE(rune.size, 0u);
    points += rune.value;
    rest.remove_prefix(rune.size);
  }
  EXPECT_EQ(points, U"a\u00e9\u20ac\U0001f511");
  EXPECT_TRUE(IsUtf8(text));
  EXPECT_TRUE(IsUtf8(""));
}

// RFC 3629 clauses 3 and 4.
TEST(Utf8, WhatIsNoneIsTold) {
  for (const std::string text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe2\x82", "\xe2(\xac", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf0\x9f\x94", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xff"}) {
    EXPECT_EQ(FirstRune(text).size, 0u) << ::testing::PrintToString(text);
    EXPECT_FALSE(IsUtf8("fine, then " + text)) << ::testing::PrintToString(text);
  }
  for (const std::string text : {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
                                 "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(FirstRune(text).size, text.size()) << ::testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace fob
