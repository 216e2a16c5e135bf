#include <gtest/gtest.h>

#include "daemon/config/settings_text.h"
#include "tests/unit/config/minimal.h"

namespace fob::config {
namespace {

using Require = core::AttestationPolicy::Require;

TEST(AttestationSettings, ReadsRequirementAndModels) {
  const auto parsed = ParseSettings(Minimal(R"([attestation]
roots = "/srv/roots"
require = "verified"
allow_aaguids = ["2fc0579f-8113-47ea-b116-bb5a8db9202a", "F8A011F3-8C0A-4D15-8006-17111F9EDC7D"]
deny_aaguids = ["00000000-0000-0000-0000-000000000000"])"),
                                    "fobd.toml");
  ASSERT_TRUE(parsed.ok()) << parsed.error().text;
  EXPECT_EQ(parsed->attestation_roots, "/srv/roots");
  EXPECT_EQ(parsed->attestation.require, Require::kVerified);
  ASSERT_EQ(parsed->attestation.allow_aaguids.size(), 2u);
  EXPECT_EQ(core::AaguidText(parsed->attestation.allow_aaguids[1]),
            "f8a011f3-8c0a-4d15-8006-17111f9edc7d");
  EXPECT_EQ(parsed->attestation.deny_aaguids, std::vector<Bytes>{Bytes(16, 0)});
}

TEST(AttestationSettings, RequiresNothingUnlessTold) {
  const auto parsed = ParseSettings(Minimal(), "fobd.toml");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->attestation.require, Require::kNothing);
  EXPECT_TRUE(parsed->attestation.allow_aaguids.empty() &&
              parsed->attestation.deny_aaguids.empty());
  EXPECT_EQ(
      ParseSettings(Minimal("[attestation]\nrequire = \"any\""), "fobd.toml")->attestation.require,
      Require::kAny);
}

TEST(AttestationSettings, RefusesWhatItCannotMean) {
  for (const char* line :
       {"require = \"yes\"", "require = true", "roots = \"roots\"", "allow_aaguids = []",
        "allow_aaguids = [\"f8a011f3\"]", "deny_aaguids = \"f8a011f3-8c0a-4d15-8006-17111f9edc7d\"",
        "deny_aaguids = [7]", "allow = []",
        "allow_aaguids = [\"00000000-0000-0000-0000-000000000000\", "
        "\"00000000-0000-0000-0000-000000000000\"]"}) {
    const auto parsed = ParseSettings(Minimal(std::string("[attestation]\n") + line), "fobd.toml");
    ASSERT_FALSE(parsed.ok()) << line;
    EXPECT_NE(parsed.error().text.find("fobd.toml:4:"), std::string::npos) << parsed.error().text;
  }
}

}  // namespace
}  // namespace fob::config
