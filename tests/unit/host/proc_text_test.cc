#include "daemon/host/proc_text.h"

#include <gtest/gtest.h>

namespace fob::host {
namespace {

constexpr std::string_view kStat =
    "4242 (fobctl) S 4000 4242 4000 34816 4242 4194304 105 0 0 0 0 0 0 0 20 0 1 0 987654 2654208 240 "
    "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

TEST(StartTimeFromStat, IsField22) { EXPECT_EQ(StartTimeFromStat(kStat), 987654u); }

TEST(StartTimeFromStat, NameMayHoldAnything) {
  std::string stat(kStat);
  stat.replace(stat.find("fobctl"), 6, "a) S 1 2 (3) 4");
  EXPECT_EQ(StartTimeFromStat(stat), 987654u);
}

TEST(StartTimeFromStat, RefusesOtherText) {
  for (const std::string_view text : {"", "4242", "4242 (a)", "4242 (a) S 1 2 3", "4242 (a) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 x 1"}) {
    EXPECT_EQ(StartTimeFromStat(text), std::nullopt) << text;
  }
}

TEST(StartTimeFromStat, EveryCutOffFormIsNothingOrANumber) {
  for (size_t size = 0; size < kStat.size(); ++size) StartTimeFromStat(kStat.substr(0, size));
}

TEST(AuditSession, NeverSetIsNothing) {
  EXPECT_EQ(AuditSession("7\n"), 7u);
  EXPECT_EQ(AuditSession("0"), 0u);
  EXPECT_EQ(AuditSession("4294967295\n"), std::nullopt);
  for (const std::string_view text : {"", "\n", "-1", "7 8", "seven", "4294967296"}) {
    EXPECT_EQ(AuditSession(text), std::nullopt) << text;
  }
}

TEST(UidsFromStatus, ReadsRealEffectiveSaved) {
  const auto uids = UidsFromStatus("Name:\tUid: 9\nUmask:\t0022\nUid:\t1000\t0\t1001\t0\nGid:\t5\t5\t5\t5\n");
  ASSERT_TRUE(uids.has_value());
  EXPECT_EQ(uids->real, 1000u);
  EXPECT_EQ(uids->effective, 0u);
  EXPECT_EQ(uids->saved, 1001u);
  EXPECT_TRUE(uids->Holds(0));
  EXPECT_FALSE(uids->Holds(5));
}

TEST(UidsFromStatus, RefusesOtherText) {
  for (const std::string_view text : {"", "Name:\tx\n", "Name:\tx\nUid:\t1000\t0\nGid:\t1\t2\t3\t4\n", "Name:\tx\nUid:\ta\tb\tc\n"}) {
    EXPECT_FALSE(UidsFromStatus(text).has_value()) << text;
  }
}

TEST(ProgramName, IsPrintableAndShort) {
  EXPECT_EQ(ProgramName("/usr/sbin/sshd"), "sshd");
  EXPECT_EQ(ProgramName("/usr/bin/sudo (deleted)"), "sudo");
  EXPECT_EQ(ProgramName("fobctl\n"), "fobctl");
  EXPECT_EQ(ProgramName("a\x1b[31m\n"), "a?[31m");
  EXPECT_EQ(ProgramName(std::string(300, 'x')).size(), 64u);
  EXPECT_EQ(ProgramName(""), "");
}

TEST(BootIdFromText, IsAUuid) {
  EXPECT_EQ(BootIdFromText("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\n"), "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
  for (const std::string_view text : {"", "0f1e2d3c", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0x\n", "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"}) {
    EXPECT_EQ(BootIdFromText(text), "") << text;
  }
}

}  // namespace
}  // namespace fob::host
