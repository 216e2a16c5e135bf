// What our worker makes, verified by Debian's fido2-tools; and their files, verified by us.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/fido_files/fido_files.h"
#include "tests/unit/devices/desk.h"

namespace fob::testing {
namespace {

class FidoTools : public ::testing::TestWithParam<std::vector<std::string>> {
 protected:
  void SetUp() override {
    if (std::system("command -v fido2-cred fido2-assert >/dev/null") != 0)
      GTEST_SKIP() << "fido2-tools are not installed";
    desk_.Add("key", GetParam());
  }
  std::string File(const std::string& name, const std::string& content) {
    const std::string path = desk_.folder() + "/" + name;
    std::ofstream(path) << content;
    return path;
  }
  int Run(const std::string& command) {
    return WEXITSTATUS(std::system((command + " >/dev/null 2>&1").c_str()));
  }
  fido::MadeCredential Make() {
    fido::CredentialRequest request = desk_.CreateRequest();
    const bool eddsa = GetParam().back() == "eddsa";
    request.algorithms = {eddsa ? fido::Algorithm::kEdDsa : fido::Algorithm::kEs256};
    auto answer = desk_.Create(request);
    EXPECT_TRUE(answer.ok()) << ReasonOf(answer);
    return answer.ok() ? std::get<fido::MadeCredential>(*answer) : fido::MadeCredential();
  }

  Desk desk_;
};

TEST_P(FidoTools, VerifyWhatWeMakeAndWeWhatTheyPrint) {
  const fido::MadeCredential made = Make();
  const std::string credential = CredentialFile(kRp, desk_.hash(), made);
  ASSERT_FALSE(credential.empty());
  const auto facts = VerifyCredentialFile(credential);
  ASSERT_TRUE(facts.ok()) << facts.error().text;
  const bool eddsa = facts->algorithm == fido::Algorithm::kEdDsa;
  const std::string type = eddsa ? " eddsa" : " es256";
  EXPECT_EQ(0, Run("fido2-cred -V -i " + File("cred", credential) + type));

  desk_.Fresh();
  const auto answer = desk_.Get(desk_.GetRequest({*facts}));
  ASSERT_TRUE(answer.ok()) << ReasonOf(answer);
  const std::string assertion =
      AssertionFile(kRp, desk_.hash(), std::get<fido::Assertion>(*answer));
  EXPECT_TRUE(VerifyAssertionFile(assertion, facts->algorithm, facts->public_key).ok());
  const auto pem = PublicKeyPem(facts->algorithm, facts->public_key);
  ASSERT_TRUE(pem.ok());
  const std::string key = File("key.pem", *pem);
  EXPECT_EQ(0, Run("fido2-assert -V -p -i " + File("assert", assertion) + " " + key + type));

  // Both refuse another client data hash.
  std::string other = assertion;
  other.replace(0, 4, other.substr(0, 4) == "AAAA" ? "BBBB" : "AAAA");
  EXPECT_NE(0, Run("fido2-assert -V -p -i " + File("other", other) + " " + key + type));
  EXPECT_FALSE(VerifyAssertionFile(other, facts->algorithm, facts->public_key).ok());
}

INSTANTIATE_TEST_SUITE_P(Keys, FidoTools,
                         ::testing::Values(std::vector<std::string>{"--alg", "es256"},
                                           std::vector<std::string>{"--alg", "eddsa"},
                                           std::vector<std::string>{"--ctap", "2.0", "--alg", "es256"}));

TEST(FidoFiles, WhatIsNoFileIsRefused) {
  for (const char* text : {"", "a\nb\n", "!!!!\nrp\npacked\nAAAA\nAAAA\nAAAA\n"}) {
    EXPECT_EQ("bad_file", ReasonOf(VerifyCredentialFile(text))) << text;
  }
  EXPECT_EQ("bad_file", ReasonOf(VerifyAssertionFile("x", fido::Algorithm::kEs256, {})));
  EXPECT_EQ("bad_public_key", ReasonOf(PublicKeyPem(fido::Algorithm::kRs256, Bytes(259))));
}

}  // namespace
}  // namespace fob::testing
