// Tables, widths, durations, QR codes.
#include "cli/text.h"

#include <gtest/gtest.h>
#include <qrencode.h>

#include "cli/qr.h"
#include "cli/table.h"

namespace fob::cli {
namespace {

TEST(Printable, KeepsTextAndReplacesWhatMovesTheCursor) {
  EXPECT_EQ(Printable("Jürgen 鍵 🔑"), "Jürgen 鍵 🔑");
  EXPECT_EQ(Printable("a\033[2Jb"), "a\uFFFD[2Jb");
  EXPECT_EQ(Printable("a\nb\tc\x7f"), "a\uFFFDb\uFFFDc\uFFFD");
  EXPECT_EQ(Printable("a\u009bb"), "a\uFFFDb") << "C1 control";
  EXPECT_EQ(Printable("a\u202eb"), "a\uFFFDb") << "bidirectional override";
  EXPECT_EQ(Printable("a\xff\xc0\x80"), "a\uFFFD\uFFFD\uFFFD") << "not UTF-8, overlong";
  EXPECT_EQ(Printable("\xe9"), "\uFFFD") << "cut off";
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD") << "surrogate";
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("é"), 1U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth("鍵"), 2U);
  EXPECT_EQ(DisplayWidth("🔑"), 2U);
}

TEST(Table, AlignsAndLeavesOutEmptyColumns) {
  Table table({"NAME", "NOTHING", "USER"});
  table.Row({"鍵", "", "al\033ice"}).Row({"blue", "", "bob"});
  EXPECT_EQ(table.Render(), "NAME  USER\n鍵    al\uFFFDice\nblue  bob\n");
  EXPECT_EQ(Table({"A"}).Render(), "");
}

TEST(Fields, AlignValues) {
  EXPECT_EQ(Fields().Add("rp id", "x").Add("issuer", "y").Add("none", "").Render(),
            "rp id   x\nissuer  y\n");
}

TEST(Duration, ReadsAndWrites) {
  EXPECT_EQ(ParseDurationMs("90"), 90'000);
  EXPECT_EQ(ParseDurationMs("90s"), 90'000);
  EXPECT_EQ(ParseDurationMs("15m"), 900'000);
  EXPECT_EQ(ParseDurationMs("24h"), 86'400'000);
  EXPECT_EQ(ParseDurationMs("250ms"), 250);
  for (const char* bad :
       {"", "s", "0", "-1", "1.5h", "1 h", "1w", "367d", "99999999999999999999", "0x10"}) {
    EXPECT_EQ(ParseDurationMs(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(Duration(300'000), "5m");
  EXPECT_EQ(Duration(90'000), "90s");
  EXPECT_EQ(Duration(1'500), "1500ms");
}

TEST(TextBuffer, Grows) {
  TextBuffer text;
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    text.Append("0123456789");
    expected += "0123456789";
  }
  EXPECT_EQ(text.Reveal(), expected);
}

const char kUri[] =
    "otpauth://totp/fob:alice@host?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=fob";

// What a terminal with these characters shows, as modules: every character is two, one above the
// other.
std::vector<std::vector<bool>> ModulesOf(std::string_view drawn) {
  std::vector<std::vector<bool>> rows;
  while (!drawn.empty()) {
    std::string_view line = drawn.substr(0, drawn.find('\n'));
    drawn.remove_prefix(line.size() + 1);
    const size_t from = line.find('m') + 1;  // behind the colours
    line = line.substr(from, line.rfind('\033') - from);
    auto& upper = rows.emplace_back();
    std::vector<bool> lower;
    while (!line.empty()) {
      const std::string_view three = line.substr(0, 3);
      const bool blank = line.front() == ' ';
      EXPECT_TRUE(blank || three == "█" || three == "▀" || three == "▄");
      upper.push_back(!blank && three != "▄");
      lower.push_back(!blank && three != "▀");
      line.remove_prefix(blank ? 1 : 3);
    }
    rows.push_back(lower);
  }
  return rows;
}

TEST(QrCode, DrawsTheModulesOfTheEncoderWithinAQuietZone) {
  const auto code = MakeQrCode(SecretBytes(std::string_view(kUri)));
  ASSERT_TRUE(code.ok());
  QRcode* expected = QRcode_encodeData(
      sizeof(kUri) - 1, reinterpret_cast<const unsigned char*>(kUri), 0, QR_ECLEVEL_L);
  ASSERT_NE(expected, nullptr);
  const auto width = static_cast<size_t>(expected->width);
  ASSERT_EQ(code->width, width);

  const TextBuffer drawn = DrawQrCode(*code);
  const auto rows = ModulesOf(drawn.Reveal());
  ASSERT_GE(rows.size(), width + 8);
  for (size_t row = 0; row < rows.size(); ++row) {
    ASSERT_EQ(rows[row].size(), width + 8);
    for (size_t column = 0; column < width + 8; ++column) {
      const size_t y = row - 4, x = column - 4;
      const bool dark = y < width && x < width && (expected->data[y * width + x] & 1) != 0;
      EXPECT_EQ(rows[row][column], dark) << row << "," << column;
    }
  }
  QRcode_free(expected);
}

TEST(QrCode, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(MakeQrCode(SecretBytes()).ok());
  EXPECT_FALSE(MakeQrCode(SecretBytes(std::string_view("a\0b", 3))).ok());
  EXPECT_FALSE(MakeQrCode(SecretBytes(std::string(5000, 'x'))).ok());
}

}  // namespace
}  // namespace fob::cli
