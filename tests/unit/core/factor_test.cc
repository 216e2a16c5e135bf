#include "daemon/core/factor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace fob::core {
namespace {

using ::testing::ElementsAre;

constexpr std::array kAll = {Factor::kKey, Factor::kKeyUv, Factor::kTotp, Factor::kPassword,
                             Factor::kSshKey};
constexpr std::array kCodes = {Factor::kTotp, Factor::kHotp, Factor::kRecovery};
static_assert(kAll.size() + kCodes.size() - 1 == static_cast<size_t>(Factor::kSshKey) + 1);

std::vector<Evidence> Subset(unsigned bits) {
  std::vector<Evidence> evidence;
  for (size_t i = 0; i < kAll.size(); ++i) {
    if ((bits >> i & 1u) != 0) evidence.push_back({kAll[i], "", false});
  }
  return evidence;
}

TEST(Factor, NamesAreThoseOfTheGlossaryAndComeBack) {
  const std::array<std::string_view, 5> names = {"key", "key+uv", "totp", "password", "ssh-key"};
  for (size_t i = 0; i < kAll.size(); ++i) {
    EXPECT_EQ(FactorName(kAll[i]), names[i]);
    EXPECT_EQ(FactorFromName(names[i]), kAll[i]);
  }
  for (const std::string_view no : {"", "Key", "key ", "key+", "pin", "HOTP", "code"}) {
    EXPECT_EQ(FactorFromName(no), std::nullopt) << no;
  }
  EXPECT_EQ(FactorFromName("hotp"), Factor::kHotp);
  EXPECT_EQ(FactorFromName("recovery"), Factor::kRecovery);
}

TEST(Factor, ACodeIsACodeWhateverMadeIt) {
  for (const Factor code : kCodes) {
    EXPECT_TRUE(IsCode(code));
    for (unsigned bits = 0; bits < 32; ++bits) {
      std::vector<Evidence> one = Subset(bits);
      std::vector<Evidence> other = one;
      one.push_back({Factor::kTotp, "", false});
      other.push_back({code, "", false});
      EXPECT_EQ(IsMultiFactor(one), IsMultiFactor(other)) << bits;
      EXPECT_EQ(AmrOf(one), AmrOf(other)) << bits;
      EXPECT_EQ(AcrOf(one), AcrOf(other)) << bits;
    }
  }
  for (const Factor other : {Factor::kKey, Factor::kKeyUv, Factor::kPassword, Factor::kSshKey})
    EXPECT_FALSE(IsCode(other));
}

// Two kinds: possession {key, key+uv, totp, ssh-key}, and knowledge or inherence {key+uv,
// password}.
TEST(Factor, MultiFactorIsTwoKindsForEverySubset) {
  // Bits: 1 key, 2 key+uv, 4 totp, 8 password, 16 ssh-key.
  constexpr std::array<bool, 32> kMulti = {
      false, false, true, true,  // none; key; key+uv; both
      false, false, true, true,  // totp: a key and a code are one kind
      false, true,  true, true,  // password: alone it is one kind
      true,  true,  true, true,  // password and totp
      false, false, true, true,  // ssh-key
      false, false, true, true,  // ssh-key and totp
      true,  true,  true, true,  // ssh-key and password
      true,  true,  true, true,
  };
  for (unsigned bits = 0; bits < 32; ++bits)
    EXPECT_EQ(IsMultiFactor(Subset(bits)), kMulti[bits]) << bits;
}

TEST(Factor, ThePlaceInTheListMakesNoDifference) {
  for (unsigned bits = 0; bits < 32; ++bits) {
    std::vector<Evidence> evidence = Subset(bits);
    const bool multi = IsMultiFactor(evidence);
    const std::string acr = AcrOf(evidence);
    std::reverse(evidence.begin(), evidence.end());
    EXPECT_EQ(IsMultiFactor(evidence), multi);
    EXPECT_EQ(AcrOf(evidence), acr);
    // Twice the same is no second factor.
    std::vector<Evidence> twice = evidence;
    twice.insert(twice.end(), evidence.begin(), evidence.end());
    EXPECT_EQ(IsMultiFactor(twice), multi);
  }
}

TEST(Factor, I39_AmrAndAcrComeFromEvidence) {
  const Evidence key{Factor::kKey, "key_1", false};
  const Evidence hardware{Factor::kKey, "key_1", true};
  const Evidence uv{Factor::kKeyUv, "key_1", false};
  const Evidence hardware_uv{Factor::kKeyUv, "key_1", true};
  const Evidence totp{Factor::kTotp, "otp_1", false};
  const Evidence password{Factor::kPassword, "", false};
  const Evidence ssh{Factor::kSshKey, "", false};
  const struct {
    std::vector<Evidence> evidence;
    std::vector<std::string> amr;
    std::string acr;
  } rows[] = {
      {{}, {}, "sfa"},
      {{key}, {"pop"}, "phr"},
      {{hardware}, {"pop", "hwk"}, "phrh"},
      {{uv}, {"pop", "user", "mfa"}, "phr"},
      {{hardware_uv}, {"pop", "hwk", "user", "mfa"}, "phrh"},
      {{totp}, {"otp"}, "sfa"},
      {{password}, {"pwd"}, "sfa"},
      {{ssh}, {"pop"}, "sfa"},
      {{password, totp}, {"pwd", "otp", "mfa"}, "mfa"},
      {{password, key}, {"pwd", "pop", "mfa"}, "phr"},
      {{password, hardware_uv}, {"pwd", "pop", "hwk", "user", "mfa"}, "phrh"},
      {{ssh, totp}, {"pop", "otp"}, "sfa"},
      {{ssh, password}, {"pwd", "pop", "mfa"}, "mfa"},
      {{ssh, uv}, {"pop", "user", "mfa"}, "phr"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(AmrOf(row.evidence), row.amr) << row.acr;
    EXPECT_EQ(AcrOf(row.evidence), row.acr);
  }
}

TEST(Factor, NoSubsetClaimsHardwareOrAPin) {
  for (unsigned bits = 0; bits < 32; ++bits) {
    const auto amr = AmrOf(Subset(bits));
    for (const char* no : {"hwk", "pin"}) EXPECT_EQ(std::count(amr.begin(), amr.end(), no), 0);
    EXPECT_NE(AcrOf(Subset(bits)), "phrh");
    EXPECT_EQ(std::count(amr.begin(), amr.end(), "mfa") == 1, IsMultiFactor(Subset(bits)));
  }
}

TEST(Factor, NamesStandInTheOrderOfVerification) {
  const std::vector<Evidence> evidence = {{Factor::kPassword, "", false},
                                          {Factor::kTotp, "otp_1", false}};
  EXPECT_THAT(FactorNames(evidence), ElementsAre("password", "totp"));
}

}  // namespace
}  // namespace fob::core
