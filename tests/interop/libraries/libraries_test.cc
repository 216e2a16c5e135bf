// What we take and give is what libraries that know nothing of us make and take.
#include <cstdlib>
#include <fstream>

#include "tests/functional/e2e/end_to_end.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kIssuer = "http://localhost:8080";

std::string Node(const std::string& script, std::vector<std::string> arguments,
                 const std::string& input) {
  std::vector<std::string> command = {"/usr/bin/env", "NODE_PATH=" FOB_NODE_PATH, "node",
                                      FOB_SOURCE_DIR "/tests/interop/npm/" + script};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return OutputOf(command, input);
}

class Libraries : public EndToEnd {
 protected:
  // Enrols an otp whose secret fobd makes; its URI.
  std::string EnrolOffered(const std::string& name, proto::enrol::EnrolOtp::In::Algorithm algorithm,
                           int64_t digits, int64_t period) {
    proto::Connection connection = daemon_.Connect();
    const auto offered = connection.Stream<proto::enrol::EnrolOtp>(
        {Me(), name, std::nullopt, std::nullopt, algorithm, digits, period, std::nullopt, std::nullopt},
        proto::DeadlineIn(10'000), [](auto) { return Ok(); });
    if (!offered.ok() || !offered->offer) return ADD_FAILURE() << "no offer", "";
    const std::string uri(offered->offer->otpauth_uri.RevealText());
    const auto done = connection.Stream<proto::enrol::Continue>(
        {SecretBytes(NpmCode(uri))}, proto::DeadlineIn(10'000), [](auto) { return Ok(); });
    EXPECT_TRUE(done.ok() && done->done) << uri;
    return uri;
  }
  std::string NpmCode(const std::string& uri) {
    return Node("totp.js", {std::to_string(daemon_.time())}, uri);
  }

  // A token for "wiki" and the published keys.
  void TakeToken() {
    EnrolTotp();
    LogIn();
    const App wiki = AddApp("Wiki", {"wiki"}, {"read"});
    const auto ticket = Ticket(wiki);
    ASSERT_TRUE(ticket.ok());
    const auto token = Exchange(wiki, ticket->ticket);
    ASSERT_TRUE(token.ok());
    token_ = token->access_token.RevealText();
    const auto keys = daemon_.Call<proto::token::Jwks>({});
    ASSERT_TRUE(keys.ok());
    jwks_ = keys->jwks.text;
    client_ = wiki.id;
  }
  std::string Jose(const std::string& issuer, const std::string& audience,
                   const std::string& token) {
    return Node("verify.js", {issuer, audience},
                "{\"jwks\":" + jwks_ + ",\"token\":\"" + token + "\"}");
  }
  // python3-jwt's own answer, with "refused" put before it where it has refused.
  std::string PythonJwt(const std::string& issuer, const std::string& audience,
                        const std::string& token) {
    std::ofstream(daemon_.Path("jwks.json")) << jwks_;
    std::ofstream(daemon_.Path("token.jwt")) << token;
    return OutputOf({"/bin/sh", "-c", "\"$@\" 2>&1 || echo refused", "sh",
                     FOB_SOURCE_DIR "/tests/demo/verify-token", daemon_.Path("jwks.json"),
                     daemon_.Path("token.jwt"), issuer, audience});
  }
  // Another signature of the same length.
  std::string Forged() const {
    std::string forged = token_;
    char& middle = forged[forged.rfind('.') + 40];
    middle = middle == 'A' ? 'B' : 'A';
    return forged;
  }

  std::string token_, jwks_, client_;
};

TEST_F(Libraries, CodesOfNpmsOtpauthLogIn) {
  using Algorithm = proto::enrol::EnrolOtp::In::Algorithm;
  const std::string uris[] = {EnrolOffered("a", Algorithm::kSHA1, 6, 30),
                              EnrolOffered("b", Algorithm::kSHA256, 8, 60),
                              EnrolOffered("c", Algorithm::kSHA512, 7, 30)};
  for (int round = 0; round < 3; ++round) {
    daemon_.Advance(60);
    for (const std::string& uri : uris)
      EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NpmCode(uri))) << uri;
  }
}

TEST_F(Libraries, CodesOfOathtoolLogIn) {
  EnrolTotp();
  for (int round = 0; round < 5; ++round) EXPECT_PAM(PAM_SUCCESS, Authenticate("sshd", NextCode()));
}

TEST_F(Libraries, NpmsJoseVerifiesTokensByOurPublishedKeys) {
  TakeToken();
  EXPECT_THAT(Jose(kIssuer, "wiki", token_),
              AllOf(HasSubstr(client_), HasSubstr("\"amr\":[\"pwd\",\"otp\",\"mfa\"]")));
  EXPECT_EQ("refused: ERR_JWT_CLAIM_VALIDATION_FAILED", Jose(kIssuer, "mail", token_));
  EXPECT_EQ("refused: ERR_JWT_CLAIM_VALIDATION_FAILED",
            Jose("https://other.example.org", "wiki", token_));
  EXPECT_EQ("refused: ERR_JWS_SIGNATURE_VERIFICATION_FAILED", Jose(kIssuer, "wiki", Forged()));
}

TEST_F(Libraries, Python3JwtVerifiesTokensByOurPublishedKeys) {
  TakeToken();
  EXPECT_THAT(PythonJwt(kIssuer, "wiki", token_),
              AllOf(HasSubstr("signature is good"), HasSubstr(client_)));
  EXPECT_THAT(PythonJwt(kIssuer, "mail", token_),
              AllOf(HasSubstr("refused"), HasSubstr("InvalidAudienceError")));
  EXPECT_THAT(PythonJwt("https://other.example.org", "wiki", token_),
              HasSubstr("InvalidIssuerError"));
  EXPECT_THAT(PythonJwt(kIssuer, "wiki", Forged()), HasSubstr("InvalidSignatureError"));
}

}  // namespace
}  // namespace fob::testing
