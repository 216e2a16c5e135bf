#include <gtest/gtest.h>

#include "devices/hid/hid_ring.h"
#include "tests/unit/devices/desk.h"

namespace fob::hid {
namespace {

TEST(HidRing, AMachineWithoutHidrawHasNoKeys) {
  if (testing::HasHidraw()) GTEST_SKIP() << "this machine has hidraw devices";
  auto ring = HidRing::Create();
  ASSERT_TRUE(ring.ok());
  EXPECT_TRUE((*ring)->Enumerate().empty());
  EXPECT_FALSE((*ring)->TakeHotplug());
}

TEST(HidRing, OpeningNonsenseSaysWhatAndWhy) {
  auto ring = HidRing::Create();
  ASSERT_TRUE(ring.ok());
  for (const std::string path : {"/dev/hidraw-none", "/dev/null", "", "login.sock"}) {
    const auto opened = (*ring)->Open(path);
    ASSERT_FALSE(opened.ok()) << path;
    EXPECT_EQ(opened.error().reason, "open_failed");
    EXPECT_NE(opened.error().text.find("cannot open " + path), std::string::npos)
        << opened.error().text;
  }
}

}  // namespace
}  // namespace fob::hid
