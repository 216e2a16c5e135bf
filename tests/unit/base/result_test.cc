#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace fob {
namespace {

constexpr int kCodes = static_cast<int>(Code::kInternal) + 1;

TEST(Code, NamesAreUniqueAndComeBack) {
  std::set<std::string_view> names;
  for (int i = 0; i < kCodes; ++i) {
    const Code code = static_cast<Code>(i);
    EXPECT_TRUE(names.insert(CodeName(code)).second);
    EXPECT_EQ(CodeFromName(CodeName(code)), code);
  }
  EXPECT_EQ(CodeFromName("no_such_code"), std::nullopt);
  EXPECT_EQ(CodeFromName(""), std::nullopt);
  EXPECT_EQ(CodeFromName("Denied"), std::nullopt);
}

Result<std::unique_ptr<int>> Make(bool good) {
  if (!good) return MakeError(Code::kDenied, "no", "No.");
  return std::make_unique<int>(5);
}

Result<int> Twice(bool good) {
  FOB_TRY(const std::unique_ptr<int> made, Make(good));
  return *made * 2;
}

Status Check(bool good) {
  FOB_CHECK(Twice(good));
  return Ok();
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*Twice(true), 10);
  EXPECT_TRUE(Check(true).ok());
  const auto failed = Twice(false);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, Code::kDenied);
  EXPECT_EQ(failed.error().reason, "no");
  EXPECT_EQ(failed.error().text, "No.");
  EXPECT_EQ(Check(false).error().reason, "no");
}

TEST(Result, GivesUpItsValueByMove) {
  auto made = Make(true);
  const std::unique_ptr<int> taken = *std::move(made);
  EXPECT_EQ(*taken, 5);
}

}  // namespace
}  // namespace fob
