// Access tokens, as anyone may hand them in. The first byte chooses: an even one, a token as it stands; an
// odd one, header and payload (a line feed between them) that are then really signed, so that mutation gets
// behind the signature.
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "daemon/crypto/claims_json.h"
#include "daemon/crypto/jws_signer.h"

namespace {

using namespace fob;

// The keys of RFC 7515 A.3 and RFC 8037 A.1: a corpus must know them.
core::SigningKeyRecord KeyOf(core::SigningAlgorithm algorithm, const char* prefix, const char* secret,
                             const char* kid) {
  Bytes der = *HexDecode(prefix);
  const Bytes scalar = *Base64UrlDecode(secret);
  der.insert(der.end(), scalar.begin(), scalar.end());
  core::SigningKeyRecord record;
  record.algorithm = algorithm;
  record.kid = kid;
  record.private_key = SecretBytes(der);
  return record;
}

struct Fixture {
  crypto::JwsSigner signer;
  std::vector<core::SigningKeyRecord> records;
  std::unique_ptr<crypto::SigningKey> key;

  Fixture() {
    records.push_back(KeyOf(core::SigningAlgorithm::kEs256,
                            "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420",
                            "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI", "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"));
    records.push_back(KeyOf(core::SigningAlgorithm::kEdDsa, "302e020100300506032b657004220420",
                            "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    FUZZ_REQUIRE(signer.Load(records).ok());
    key = std::move(crypto::OpenSigningKey(records[1])).value();
  }
};

void Judge(const Fixture& fixture, const std::string& token, bool signed_by_us) {
  FUZZ_REQUIRE(!fixture.signer.Open(token).has_value());
  const auto checked = fixture.signer.Check(token);
  if (!checked.ok()) {
    FUZZ_REQUIRE(checked.error().code == Code::kDenied);
    return;
  }
  FUZZ_REQUIRE(token.size() <= crypto::JwsSigner::kMaxToken);
  FUZZ_REQUIRE(std::count(token.begin(), token.end(), '.') == 2);
  // Nobody else has the keys: only the corpus holds tokens of theirs, under the header that they sign.
  const auto header = crypto::ReadHeader(AsText(*Base64UrlDecode(token.substr(0, token.find('.')))));
  FUZZ_REQUIRE(header.ok() && header->typ == "at+jwt");
  if (signed_by_us) FUZZ_REQUIRE(header->alg == "EdDSA" && header->kid == fixture.records[1].kid);
  // What was read is what would be written.
  std::string json;
  if (!crypto::WriteClaims(checked->claims, json).ok()) return;  // an empty claim, say
  const auto again = crypto::ReadClaims(json);
  FUZZ_REQUIRE(again.ok() && again->subject == checked->claims.subject && again->amr == checked->claims.amr);
  FUZZ_REQUIRE(again->expires_at == checked->claims.expires_at && again->token_id == checked->claims.token_id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Fixture fixture;
  if (size < 1) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    Judge(fixture, text, false);
    return 0;
  }
  const size_t cut = std::min(text.find('\n'), text.size());
  const std::string payload = cut < text.size() ? text.substr(cut + 1) : "";
  const std::string input = Base64UrlEncode(AsBytes(text.substr(0, cut))) + '.' + Base64UrlEncode(AsBytes(payload));
  Bytes signature(fixture.key->SignatureSize());
  FUZZ_REQUIRE(fixture.key->Sign(AsBytes(input), signature).ok());
  Judge(fixture, input + '.' + Base64UrlEncode(signature), true);
  return 0;
}
