// Clients that authenticate by a key of theirs (RFC 7523).
#include "base/encoding.h"
#include "daemon/crypto/signing_key.h"
#include "tests/unit/core/token_fixture.h"

namespace fob::core {
namespace {

class Assertions : public TokenLife {
 protected:
  Assertions() {
    auto record = crypto::GenerateSigningKey(SigningAlgorithm::kEs256, 1);
    key_ = std::move(crypto::OpenSigningKey(*record)).value();
  }

  App Robot() {
    proto::ClientSettings settings = Settings();
    settings.machine = true;
    settings.auth_method = proto::ClientSettings::AuthMethod::kPrivateKeyJwt;
    settings.jwks.emplace();
    settings.jwks->text = "{\"keys\":[{" + key_->PublicMembers() + "}]}";
    return world_.AddApp("robot", settings);
  }
  std::string Ask(const App& app, const std::string& audience) {
    const std::string claims = "{\"iss\":\"" + app.id + "\",\"sub\":\"" + app.id + "\",\"aud\":\"" + audience + "\",\"jti\":\"" +
                               std::to_string(++asked_) + "\",\"exp\":" + std::to_string(world_.clock.UnixSeconds() + 60) + "}";
    const std::string input = Base64UrlEncode(AsBytes(R"({"alg":"ES256"})")) + "." + Base64UrlEncode(AsBytes(claims));
    Bytes signature(key_->SignatureSize());
    EXPECT_TRUE(key_->Sign(AsBytes(input), signature).ok());
    proto::token::ClientCredentials::In in;
    in.client_assertion = SecretBytes(input + "." + Base64UrlEncode(signature));
    return ReasonOf(world_.Call(world_.token(), &TokenService::ClientCredentials, kWeb, std::move(in)));
  }

  std::unique_ptr<crypto::SigningKey> key_;
  int asked_ = 0;
};

TEST_F(Assertions, NameTheIssuerOrItsTokenEndpointAsDiscoverySpellsThem) {
  const std::string host = "https://login.example.org";
  const App robot = Robot();
  for (const std::string& issuer : {host, host + "/", host + "/fob/"}) {
    SCOPED_TRACE(issuer);
    world_.settings.issuer = issuer;
    EXPECT_EQ(Ask(robot, issuer), "");
    EXPECT_EQ(Ask(robot, (issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer) + "/token"), "");
    EXPECT_EQ(Ask(robot, issuer + "/elsewhere"), "invalid_client");
    EXPECT_EQ(Ask(robot, host + "//token"), "invalid_client");
  }
}

}  // namespace
}  // namespace fob::core
