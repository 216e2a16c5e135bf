#include "daemon/core/factor_path.h"

#include <gtest/gtest.h>

namespace fob::core {
namespace {

std::string Parsed(std::string_view text) {
  std::vector<FactorPath> paths;
  if (const auto problem = ParsePaths(text, paths)) return std::to_string(problem->offset) + ": " + problem->text;
  std::string out;
  for (const FactorPath& path : paths) out += (out.empty() ? "" : " | ") + PathText(path);
  return out;
}

TEST(FactorPath, TextComesBack) {
  for (const char* text : {"key", "key+uv | key then totp", "totp | hotp | recovery", "totp then key+uv"})
    EXPECT_EQ(Parsed(text), text);
  EXPECT_EQ(Parsed("  key+uv|key  then  totp "), "key+uv | key then totp");
}

TEST(FactorPath, ProblemsTellWhere) {
  EXPECT_TRUE(Parsed("").starts_with("0: has an empty alternative"));
  EXPECT_TRUE(Parsed("key |").starts_with("5: has an empty alternative"));
  EXPECT_TRUE(Parsed("key | fingerprint").starts_with("6: names an unknown factor \"fingerprint\""));
  EXPECT_TRUE(Parsed("password").starts_with("0: cannot name password"));
  EXPECT_TRUE(Parsed("key then password").starts_with("9: cannot name password"));
  EXPECT_TRUE(Parsed("key then key+uv").starts_with("9: asks for two keys"));
  EXPECT_TRUE(Parsed("totp then hotp").starts_with("10: asks for two codes"));
  EXPECT_TRUE(Parsed("totp | key | totp").starts_with("13: names totp twice"));
  EXPECT_TRUE(Parsed("key then").starts_with("0: names an unknown factor"));
}

TEST(FactorPath, AdvancingTakesTheFirstStepAway) {
  const std::vector<FactorPath> paths = {{Factor::kKeyUv}, {Factor::kKey, Factor::kTotp}};
  EXPECT_FALSE(IsComplete(paths));
  EXPECT_EQ(Advance(paths, Factor::kKey), (std::vector<FactorPath>{{Factor::kTotp}}));
  EXPECT_EQ(Advance(paths, Factor::kKeyUv), (std::vector<FactorPath>{{}, {Factor::kTotp}}));
  EXPECT_TRUE(IsComplete(Advance(paths, Factor::kKeyUv)));
  EXPECT_TRUE(Advance(paths, Factor::kTotp).empty());
}

TEST(FactorPath, OnlyAKeyWithUvIsMoreThanItself) {
  const std::vector<Factor> all = {Factor::kKey,      Factor::kKeyUv,    Factor::kTotp,  Factor::kHotp,
                                   Factor::kRecovery, Factor::kPassword, Factor::kSshKey};
  for (const Factor proved : all) {
    for (const Factor asked : all) {
      EXPECT_EQ(Satisfies(proved, asked),
                proved == asked || (proved == Factor::kKeyUv && asked == Factor::kKey));
    }
  }
}

}  // namespace
}  // namespace fob::core
