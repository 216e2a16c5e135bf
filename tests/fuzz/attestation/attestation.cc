// Attestation: the first byte chooses
//   0 packed, 1 fido-u2f, 2 tpm: two bytes of length, authenticator data, the statement
//   3 a certificate   4 a TPM's certInfo   5 a TPM's public area   6 a statement
// and what is read of a certificate, signature or not, must be harmless.
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <array>

#include "daemon/factors/factor_verifier.h"
#include "devices/fido/attestation_statement.h"
#include "devices/fido/tpm.h"

namespace {

using namespace fob;

constexpr int64_t kNow = 1'800'000'000;

const crypto::AttestationCertificates& Certificates() {
  static const auto certificates = std::move(crypto::AttestationCertificates::Create({})).value();
  return certificates;
}

void TryClaim(const char* format, ByteView body) {
  static const factors::FactorVerifier verifier(std::move(crypto::AttestationCertificates::Create({})).value());
  if (body.size() < 2) return;
  const size_t size = std::min<size_t>(body.size() - 2, size_t{body[0]} * 256 + body[1]);
  core::CredentialClaim claim;
  claim.rp_id = "login.example.org";
  claim.client_data_hash = Bytes(32, 7);
  claim.credential_id = Bytes(16, 5);
  claim.auth_data.assign(body.begin() + 2, body.begin() + 2 + static_cast<ptrdiff_t>(size));
  claim.format = format;
  claim.attestation_statement.assign(body.begin() + 2 + static_cast<ptrdiff_t>(size), body.end());
  claim.now = kNow;
  const auto key = verifier.VerifyCredential(claim);
  if (key.ok()) FUZZ_REQUIRE(key->attestation != core::Attestation::kVerified && !key->public_key.empty());
}

void TryCertificate(ByteView der) {
  std::array<uint8_t, 16> aaguid;
  aaguid.fill(0x11);
  const auto& certificates = Certificates();
  (void)certificates.CheckPackedLeaf(der, aaguid);
  (void)certificates.CheckTpmLeaf(der, aaguid);
  (void)certificates.CheckU2fLeaf(der);
  const Bytes message = {1, 2, 3};
  const Bytes signature(70, 0x30);
  for (const auto algorithm : {core::KeyAlgorithm::kEs256, core::KeyAlgorithm::kRs256, core::KeyAlgorithm::kEdDsa})
    FUZZ_REQUIRE(!certificates.VerifySignature(der, algorithm, message, signature).ok());
  const Bytes copy(der.begin(), der.end());
  FUZZ_REQUIRE(!certificates.IsTrusted({copy, copy}, kNow));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const ByteView body(data + 1, size - 1);
  switch (data[0] % 7) {
    case 0: TryClaim("packed", body); break;
    case 1: TryClaim("fido-u2f", body); break;
    case 2: TryClaim("tpm", body); break;
    case 3: TryCertificate(body); break;
    case 4: {
      const auto certified = fido::ParseTpmCertInfo(body);
      if (certified) FUZZ_REQUIRE(certified->name.size() + certified->extra_data.size() < body.size());
      break;
    }
    case 5: {
      const auto area = fido::ParseTpmPublic(body);
      if (area) FUZZ_REQUIRE(area->public_key.size() == (area->algorithm == fido::Algorithm::kEs256 ? 64u : 259u));
      break;
    }
    default: {
      const auto statement = fido::ParseAttestationStatement(body);
      if (statement) FUZZ_REQUIRE(statement->certificates.size() <= fido::kMaxCertificates);
      break;
    }
  }
  return 0;
}
