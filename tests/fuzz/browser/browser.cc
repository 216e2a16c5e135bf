// What a browser hands over of a ceremony with a key. The first byte chooses: an even one, client data (JSON); an odd
// one, an attestation object (CBOR).
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "daemon/crypto/browser_data.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/factors/factor_verifier.h"
#include "devices/fido/attestation_object.h"

namespace {

using namespace fob;

void ReadClientData(const std::string& text) {
  static const factors::FactorVerifier verifier(std::move(crypto::AttestationCertificates::Create({})).value());
  static const Bytes challenge(32, 7);
  static const std::vector<std::string> origins = {"https://login.example.org", "http://localhost:8443"};
  const auto data = crypto::ReadBrowserData(text);
  bool taken = false;
  for (const auto ceremony : {core::BrowserCeremony::kGet, core::BrowserCeremony::kCreate}) {
    const auto hash = verifier.CheckBrowserData(text, {ceremony, challenge, origins});
    if (!hash.ok()) {
      FUZZ_REQUIRE(hash.error().code == Code::kDenied);
      continue;
    }
    FUZZ_REQUIRE(!taken);  // not for both
    taken = true;
    FUZZ_REQUIRE(data.ok() && data->type == (ceremony == core::BrowserCeremony::kGet ? "webauthn.get" : "webauthn.create"));
    FUZZ_REQUIRE(data->challenge == challenge && !data->cross_origin && !data->top_origin);
    FUZZ_REQUIRE(std::ranges::find(origins, data->origin) != origins.end());
    FUZZ_REQUIRE(*hash == crypto::Sha256Hasher().Sha256(AsBytes(text)));
    // Another challenge, and another page's: the same text is good for neither.
    FUZZ_REQUIRE(!verifier.CheckBrowserData(text, {ceremony, Bytes(32, 8), origins}).ok());
    FUZZ_REQUIRE(!verifier.CheckBrowserData(text, {ceremony, challenge, {"https://example.org"}}).ok());
  }
  if (!data.ok()) FUZZ_REQUIRE(!taken && data.error().reason == "malformed");
}

void ReadAttestation(const Bytes& raw) {
  const auto object = fido::ParseAttestationObject(raw);
  if (!object.ok()) {
    FUZZ_REQUIRE(object.error().code == Code::kDenied);
    return;
  }
  FUZZ_REQUIRE(!object->format.empty() && !object->statement.empty() && !object->auth_data.empty());
  FUZZ_REQUIRE(object->statement.front() >> 5 == 5);  // a map
  // Pieces of what came, and nothing beside them.
  for (const Bytes& piece : {object->statement, object->auth_data})
    FUZZ_REQUIRE(std::search(raw.begin(), raw.end(), piece.begin(), piece.end()) != raw.end());
  Bytes longer = raw;
  longer.push_back(0);
  FUZZ_REQUIRE(!fido::ParseAttestationObject(longer).ok());
  FUZZ_REQUIRE(!fido::ParseAttestationObject(ByteView(raw).first(raw.size() - 1)).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const Bytes rest(data + 1, data + size);
  if (data[0] % 2 == 0) {
    ReadClientData(std::string(AsText(rest)));
  } else {
    ReadAttestation(rest);
  }
  return 0;
}
