#include "daemon/core/attestation_policy.h"

#include "tests/unit/core/enrol_fixture.h"

namespace fob::core {
namespace {

using Require = AttestationPolicy::Require;

const Bytes kBlue(16, 0x11);
const Bytes kRed(16, 0x22);

std::string Refusal(const AttestationPolicy& policy, Attestation attestation,
                    const Bytes& aaguid = kBlue) {
  KeyRecord key;
  key.attestation = attestation;
  key.aaguid = aaguid;
  const Status checked = CheckAttestation(policy, key);
  if (checked.ok()) return "";
  EXPECT_EQ(checked.error().code, Code::kDenied);
  EXPECT_NE(checked.error().text.find(AaguidText(aaguid)), std::string::npos)
      << checked.error().text;
  return checked.error().reason;
}

TEST(AttestationPolicy, EachRequirementTakesItsKinds) {
  const struct {
    Require require;
    std::string none, self, unverified, verified;
  } rows[] = {
      {Require::kNothing, "", "", "", ""},
      {Require::kAny, "attestation_missing", "", "", ""},
      {Require::kVerified, "attestation_unverified", "attestation_unverified",
       "attestation_unverified", ""},
  };
  for (const auto& row : rows) {
    AttestationPolicy policy;
    policy.require = row.require;
    EXPECT_EQ(Refusal(policy, Attestation::kNone), row.none);
    EXPECT_EQ(Refusal(policy, Attestation::kSelf), row.self);
    EXPECT_EQ(Refusal(policy, Attestation::kUnverified), row.unverified);
    EXPECT_EQ(Refusal(policy, Attestation::kVerified), row.verified);
  }
}

TEST(AttestationPolicy, ListsOfModels) {
  AttestationPolicy policy;
  policy.deny_aaguids = {kRed};
  EXPECT_EQ(Refusal(policy, Attestation::kVerified, kBlue), "");
  EXPECT_EQ(Refusal(policy, Attestation::kVerified, kRed), "model_not_allowed");
  policy.allow_aaguids = {kBlue, kRed};
  EXPECT_EQ(Refusal(policy, Attestation::kVerified, kBlue), "");
  EXPECT_EQ(Refusal(policy, Attestation::kVerified, kRed), "model_not_allowed")
      << "denied goes before allowed";
  EXPECT_EQ(Refusal(policy, Attestation::kVerified, Bytes(16, 0)), "model_not_allowed") << "U2F";
  EXPECT_EQ(Refusal(policy, Attestation::kVerified, Bytes(16, 0x33)), "model_not_allowed");
}

TEST(AttestationPolicy, AaguidsAsTheyAreWritten) {
  constexpr std::string_view kText = "f8a011f3-8c0a-4d15-8006-17111f9edc7d";
  const auto parsed = ParseAaguid(kText);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->size(), 16u);
  EXPECT_EQ(AaguidText(*parsed), kText);
  for (const char* bad :
       {"", "f8a011f38c0a4d15800617111f9edc7d", "f8a011f3-8c0a-4d15-8006-17111f9edc7",
        "f8a011f3-8c0a-4d15-8006-17111f9edc7dd", "g8a011f3-8c0a-4d15-8006-17111f9edc7d",
        "f8a011f38-c0a-4d15-8006-17111f9edc7d", "-8a011f3-8c0a-4d15-8006-17111f9edc7d",
        "{f8a011f3-8c0a-4d15-8006-17111f9edc7d}"}) {
    EXPECT_FALSE(ParseAaguid(bad).ok()) << bad;
  }
}

class EnrolAttestation : public EnrolFixture {
 protected:
  std::string Enrol(const std::string& name) {
    Dialogue dialogue;
    EnrolKey(dialogue, World::Root(), name, "alice");
    world_.desk.current()->Made("credential of " + name, testing::kUp);
    world_.Settle();
    return dialogue.reason();
  }
};

TEST_F(EnrolAttestation, AKeyThatIsNotAllowedIsRefusedAndAudited) {
  world_.settings.attestation.require = Require::kVerified;
  world_.verifier.attestation = Attestation::kUnverified;
  EXPECT_EQ(Enrol("blue"), "attestation_unverified");
  EXPECT_EQ(Keys("alice"), 0u);
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
  world_.verifier.attestation = Attestation::kVerified;
  EXPECT_EQ(Enrol("blue"), "");
  EXPECT_EQ(Keys("alice"), 1u);
}

TEST_F(EnrolAttestation, AModelThatIsNotAllowedIsRefused) {
  world_.settings.attestation.deny_aaguids = {Bytes(16, 1)};
  EXPECT_EQ(Enrol("blue"), "model_not_allowed");
  EXPECT_EQ(world_.LastEntry().detail, "model_not_allowed");
  EXPECT_EQ(Keys("alice"), 0u);
}

}  // namespace
}  // namespace fob::core
