#include "pam/printable.h"

#include <gtest/gtest.h>

namespace fob::pam {
namespace {

TEST(PamPrintable, OrdinaryTextStays) {
  EXPECT_EQ(Printable("Touch your key (alice, sshd)."), "Touch your key (alice, sshd).");
  EXPECT_EQ(Printable("Schlüssel berühren: 鍵 🔑"), "Schlüssel berühren: 鍵 🔑");
  EXPECT_EQ(Printable(""), "");
}

TEST(PamPrintable, ControlCharactersBecomeSpaces) {
  EXPECT_EQ(Printable("a\x1b[2Jb\nc\rd\te\x7f"), "a [2Jb c d e ");
  EXPECT_EQ(Printable(std::string_view("a\0b", 3)), "a b");
  EXPECT_EQ(Printable("a\xc2\x9b"
                      "31mb"),
            "a 31mb");  // CSI of C1
  EXPECT_EQ(Printable("a\xe2\x80\xae"
                      "b\xe2\x80\xa8"
                      "c"),
            "a b c");  // right-to-left override, line separator
}

TEST(PamPrintable, BrokenUtf8BecomesQuestionMarks) {
  EXPECT_EQ(Printable("a\xff"
                      "b"),
            "a?b");
  EXPECT_EQ(Printable("a\xc3"), "a?");
  EXPECT_EQ(Printable("\xc0\x9b"), "??");  // overlong ESC
  EXPECT_EQ(Printable("\xe0\x80\x9b"), "???");
  EXPECT_EQ(Printable("\xed\xa0\x80"), "???");       // surrogate
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "????");  // past U+10FFFF
}

TEST(PamPrintable, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(Printable(std::string(4000, 'x')).size(), 400u);
  std::string keys;
  for (int i = 0; i < 200; ++i) keys += "鍵";
  EXPECT_EQ(Printable(keys).size(), 399u);
}

}  // namespace
}  // namespace fob::pam
