// Authenticator data with the COSE key in it, as a security key sends it.
#include "tests/fuzz/fuzz.h"

#include <algorithm>

#include "devices/fido/auth_data.h"
#include "devices/fido/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fob;
  const Bytes raw(data, data + size);
  const auto parsed = fido::ParseAuthData(raw);
  if (!parsed.ok()) return 0;
  FUZZ_REQUIRE(size >= 37 && size <= fido::kMaxAuthData);
  FUZZ_REQUIRE(std::equal(parsed->rp_id_hash.begin(), parsed->rp_id_hash.end(), raw.begin()));
  FUZZ_REQUIRE(parsed->user_present == ((raw[32] & 0x01) != 0) && parsed->user_verified == ((raw[32] & 0x04) != 0));
  FUZZ_REQUIRE(!parsed->backed_up || parsed->backup_eligible);
  FUZZ_REQUIRE(parsed->attested.has_value() == ((raw[32] & 0x40) != 0));
  // Exact: neither less nor more is the same.
  const ByteView view(raw);
  FUZZ_REQUIRE(!fido::ParseAuthData(view.first(size - 1)).ok());
  Bytes longer = raw;
  longer.push_back(0);
  FUZZ_REQUIRE(!fido::ParseAuthData(longer).ok());
  if (!parsed->attested.has_value()) return 0;

  fido::CredentialCheck check;
  check.rp_id = "login.example.org";
  check.client_data_hash = Bytes(32, 7);
  check.auth_data = raw;
  check.format = "none";
  check.attestation_statement = {0xa0};
  const auto facts = fido::VerifyCredential(check);
  if (!facts.ok()) return 0;
  // The key that libfido2 read is the one that was named.
  FUZZ_REQUIRE(parsed->attested->cose_algorithm == static_cast<int>(facts->algorithm));
  FUZZ_REQUIRE(facts->credential_id == parsed->attested->credential_id && facts->user_present);
  const size_t expected = facts->algorithm == fido::Algorithm::kEs256 ? 64 : facts->algorithm == fido::Algorithm::kEdDsa ? 32 : 259;
  FUZZ_REQUIRE(facts->public_key.size() == expected);
  return 0;
}
