// Keys and JSON of web apps. The first byte chooses: 0, a JWK Set that somebody registers; 1, an assertion as it
// stands; 2, header and payload of one (a line feed between them) that are then really signed, so that mutation gets
// behind the signature; 3, the parameter `claims`.
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "daemon/crypto/jwk.h"
#include "daemon/crypto/signing_key.h"
#include "daemon/crypto/web_crypto.h"

namespace {

using namespace fob;

// The key of RFC 8037 A.1: a corpus must know it.
struct Fixture {
  crypto::WebCrypto crypto;
  std::unique_ptr<crypto::SigningKey> key;
  std::string jwks;

  Fixture() {
    Bytes der = *HexDecode("302e020100300506032b657004220420");
    const Bytes scalar = *Base64UrlDecode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    der.insert(der.end(), scalar.begin(), scalar.end());
    core::SigningKeyRecord record;
    record.algorithm = core::SigningAlgorithm::kEdDsa;
    record.kid = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    record.private_key = SecretBytes(der);
    key = std::move(crypto::OpenSigningKey(record)).value();
    jwks = "{\"keys\":[{" + key->PublicMembers() + "}]}";
    FUZZ_REQUIRE(crypto.CheckJwks(jwks).ok());
  }
};

void ReadSet(const Fixture& fixture, const std::string& text) {
  const auto keys = crypto::PublicKey::ParseSet(text);
  FUZZ_REQUIRE(fixture.crypto.CheckJwks(text).ok() == keys.ok());
  if (!keys.ok()) {
    FUZZ_REQUIRE(keys.error().reason == "bad_jwks");
    return;
  }
  FUZZ_REQUIRE(!keys->empty());
  for (const crypto::PublicKey& key : *keys) {
    FUZZ_REQUIRE(key.alg() == "ES256" || key.alg() == "EdDSA" || key.alg() == "RS256");
    FUZZ_REQUIRE(!key.Verify(AsBytes("anything"), Bytes(64, 0)));
  }
}

void ReadAssertion(const Fixture& fixture, const std::string& jwt) {
  const auto subject = fixture.crypto.AssertionSubject(jwt);
  const auto claims = fixture.crypto.CheckAssertion(jwt, fixture.jwks);
  if (!subject.ok()) FUZZ_REQUIRE(subject.error().reason == "invalid_client");
  if (!claims.ok()) {
    FUZZ_REQUIRE(claims.error().reason == "invalid_client");
    return;
  }
  FUZZ_REQUIRE(subject.ok() && *subject == claims->subject);
  FUZZ_REQUIRE(!claims->token_id.empty() && !claims->audiences.empty());
  FUZZ_REQUIRE(std::count(jwt.begin(), jwt.end(), '.') == 2);
}

void ReadClaims(const Fixture& fixture, const std::string& text) {
  const auto claims = fixture.crypto.ReadClaimsParameter(text);
  if (!claims.ok()) FUZZ_REQUIRE(claims.error().reason == "invalid_request");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Fixture fixture;
  if (size < 1) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: ReadSet(fixture, text); break;
    case 1: ReadAssertion(fixture, text); break;
    case 3: ReadClaims(fixture, text); break;
    default: {
      const size_t cut = std::min(text.find('\n'), text.size());
      const std::string payload = cut < text.size() ? text.substr(cut + 1) : "";
      const std::string input = Base64UrlEncode(AsBytes(text.substr(0, cut))) + '.' + Base64UrlEncode(AsBytes(payload));
      Bytes signature(fixture.key->SignatureSize());
      FUZZ_REQUIRE(fixture.key->Sign(AsBytes(input), signature).ok());
      ReadAssertion(fixture, input + '.' + Base64UrlEncode(signature));
    }
  }
  return 0;
}
