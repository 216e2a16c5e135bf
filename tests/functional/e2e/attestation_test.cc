// What a key proves of itself at its enrolment, and what of it reaches a token.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/functional/e2e/key_fixture.h"

namespace fob::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

// Keys of a batch, with their maker's root configured once it is known.
class AttestedKeys : public KeysEndToEnd {
 protected:
  AttestedKeys() : red_(daemon_.keys(), {"--pin", kPin, "--attestation", "batch"}, "red") {
    blue_.Unplug();
    std::filesystem::create_directory(daemon_.Path("roots"));
    ::chmod(daemon_.Path("roots").c_str(), 0700);
  }

  void Configure(const std::string& lines) {
    DaemonSetup setup = AtTheStartOfAStep();
    setup.tables = "[attestation]\nroots = \"" + daemon_.Path("roots") + "\"\n" + lines;
    daemon_.Stop();
    daemon_.Configure(setup);
  }
  void TrustTheMaker() {
    const std::string path = daemon_.Path("roots/maker.pem");
    std::ofstream(path) << red_.Command("attestation-root") << "\n";
    ::chmod(path.c_str(), 0400);
  }
  boost::json::object TouchedClaims() {
    ScriptedConversation person;
    person.Info("Touch");
    return TokenAfter("console", person);
  }

  Key red_;
};

TEST_F(AttestedKeys, AVerifiedKeyIsHardwareInTheToken) {
  TrustTheMaker();
  Configure("");
  daemon_.Start();
  EnrolKey("red");
  EXPECT_EQ(proto::Key::Attestation::kVerified, FindKey("red").attestation);
  const boost::json::object claims = TouchedClaims();
  EXPECT_THAT(WordsOf(claims.at("amr")), ElementsAre("pwd", "pop", "hwk", "mfa"));
  EXPECT_EQ("phrh", claims.at("acr").as_string());
}

TEST_F(AttestedKeys, TheSameKeyIsNotWithoutItsRoot) {
  EnrolKey("red");
  EXPECT_EQ(proto::Key::Attestation::kUnverified, FindKey("red").attestation);
  const boost::json::object claims = TouchedClaims();
  EXPECT_THAT(WordsOf(claims.at("amr")), Not(Contains("hwk")));
  EXPECT_EQ("phr", claims.at("acr").as_string());
}

TEST_F(AttestedKeys, OnlyVerifiedOnesWherePolicyWantsThem) {
  TrustTheMaker();
  Configure("require = \"verified\"\n");
  daemon_.Start();
  EnrolKey("red");
  red_.Unplug();
  blue_.Plug();
  const auto refused = TryEnrolKey("blue");
  EXPECT_EQ("attestation_unverified", ReasonOf(refused)) << "self attestation";
  EXPECT_EQ(proto::AuditEvent::Outcome::kDenied, LastEvent().outcome);
}

TEST_F(AttestedKeys, AModelThatIsDeniedIsNamed) {
  EnrolKey("red");
  const std::string aaguid = FindKey("red").aaguid;
  red_.Unplug();
  blue_.Plug();
  Configure("deny_aaguids = [\"" + aaguid + "\"]\n");
  daemon_.Start();
  const auto refused = TryEnrolKey("blue");
  ASSERT_EQ("model_not_allowed", ReasonOf(refused));
  EXPECT_NE(refused.error().text.find(aaguid), std::string::npos) << refused.error().text;
}

TEST_F(AttestedKeys, VerifiedWithoutARootDoesNotStart) {
  Configure("require = \"verified\"\n");
  EXPECT_NE(0, daemon_.RunToEnd());
  EXPECT_NE(daemon_.log().find("no *.pem in " + daemon_.Path("roots")), std::string::npos)
      << daemon_.log();
  std::ofstream(daemon_.Path("roots/bad.pem")) << "rubbish\n";
  EXPECT_NE(0, daemon_.RunToEnd());
  EXPECT_NE(daemon_.log().find("bad.pem"), std::string::npos) << daemon_.log();
}

}  // namespace
}  // namespace fob::testing
