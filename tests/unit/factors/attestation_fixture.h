#pragma once

#include <gtest/gtest.h>

#include "daemon/factors/factor_verifier.h"
#include "tests/support/attestation/credential.h"

namespace fob::factors {

inline constexpr int64_t kNow = 1'800'000'000;

inline core::CredentialClaim ClaimOf(const testing::CredentialParts& parts, std::string format,
                                     Bytes statement) {
  core::CredentialClaim claim;
  claim.rp_id = parts.rp_id;
  claim.client_data_hash = parts.client_data_hash;
  claim.credential_id = parts.credential_id;
  claim.auth_data = parts.AuthData();
  claim.format = std::move(format);
  claim.attestation_statement = std::move(statement);
  claim.now = kNow;
  return claim;
}

// A maker of keys whose root is configured, and one whose root is not.
class AttestationFixture : public ::testing::Test {
 protected:
  Bytes Leaf(const testing::Issuer& issuer, const testing::CertificateShape& shape = {}) const {
    return issuer.Issue(shape, batch_.get());
  }
  // The reason of the refusal, or how well the key is attested.
  std::string Verify(const core::CredentialClaim& claim) const {
    const auto key = verifier_.VerifyCredential(claim);
    if (!key.ok()) return key.error().reason;
    constexpr const char* kNames[] = {"none", "self", "unverified", "verified"};
    return kNames[static_cast<size_t>(key->attestation)];
  }

  const testing::Issuer root_;
  const testing::Issuer stranger_{testing::RootShape("a stranger")};
  const testing::PkeyPtr batch_ = testing::NewP256Key();
  const FactorVerifier verifier_{
      std::move(crypto::AttestationCertificates::Create({root_.pem()})).value()};
  testing::CredentialParts parts_;
};

}  // namespace fob::factors
