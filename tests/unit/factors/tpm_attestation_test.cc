#include <functional>

#include "tests/unit/factors/attestation_fixture.h"

namespace fob::factors {
namespace {

using testing::TpmParts;

class TpmAttestation : public AttestationFixture {
 protected:
  std::string With(const TpmParts& tpm, const testing::Issuer& issuer, EVP_PKEY* aik,
                   const testing::CertificateShape& shape = testing::TpmShape()) {
    return Verify(ClaimOf(parts_, "tpm", tpm.Statement(aik, {issuer.Issue(shape, aik)})));
  }
  std::string With(const TpmParts& tpm) { return With(tpm, root_, batch_.get()); }
  std::string Spoilt(const std::function<void(TpmParts&)>& spoil) {
    TpmParts tpm(parts_);
    spoil(tpm);
    return With(tpm);
  }
};

TEST_F(TpmAttestation, IsVerifiedByAConfiguredRootAlone) {
  EXPECT_EQ(With(TpmParts(parts_)), "verified");
  EXPECT_EQ(With(TpmParts(parts_), stranger_, batch_.get()), "unverified");
  const auto key = verifier_.VerifyCredential(ClaimOf(
      parts_, "tpm", TpmParts(parts_).Statement(batch_.get(), {Leaf(root_, testing::TpmShape())})));
  EXPECT_EQ(key->public_key, parts_.PublicKey());
}

TEST_F(TpmAttestation, OfRsaKeysAndByRsaKeys) {
  parts_.key = testing::NewRsaKey();
  EXPECT_EQ(With(TpmParts(parts_)), "verified");
  const testing::PkeyPtr aik = testing::NewRsaKey();
  TpmParts tpm(parts_);
  tpm.algorithm = -257;
  EXPECT_EQ(With(tpm, root_, aik.get()), "verified");
  tpm.parameters = {0x00, 0x14, 0x00, 0x0b, 0x08, 0x00, 0, 1, 0, 1};  // rsassa, 65537 written out
  EXPECT_EQ(With(tpm, root_, aik.get()), "verified");
  for (const Bytes& parameters :
       {Bytes{0x00, 0x10, 0x04, 0x00, 0, 0, 0, 0}, Bytes{0x00, 0x10, 0x08, 0x00, 0, 0, 0, 3},
        Bytes{0x00, 0x14, 0x00, 0x04, 0x08, 0x00, 0, 0, 0, 0},
        Bytes{0x00, 0x16, 0x00, 0x0b, 0x08, 0x00, 0, 0, 0, 0}}) {
    tpm.parameters = parameters;
    EXPECT_EQ(With(tpm, root_, aik.get()), "bad_attestation");
  }
}

TEST_F(TpmAttestation, CertifiesThisKeyInThisCeremony) {
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.unique[5] ^= 1; }), "bad_attestation") << "another key";
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.extra_data[0] ^= 1; }), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.extra_data.clear(); }), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.name = Bytes(34, 0); }), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.name = Bytes(); }), "bad_attestation");
  core::CredentialClaim claim = ClaimOf(
      parts_, "tpm", TpmParts(parts_).Statement(batch_.get(), {Leaf(root_, testing::TpmShape())}));
  claim.client_data_hash[3] ^= 1;
  EXPECT_EQ(Verify(claim), "bad_attestation");
}

TEST_F(TpmAttestation, StructuresAreExact) {
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.magic = 0xff544346; }), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.type = 0x8018; }), "bad_attestation") << "a quote";
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.tail = {0}; }), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.unique.push_back(0); }), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.unique.pop_back(); }), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.symmetric = 0x0006; }), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.name_algorithm = 0x0004; }), "bad_attestation")
      << "SHA-1";
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.parameters[3] = 4; }), "bad_attestation") << "P-384";
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.version = "1.2"; }), "bad_attestation");
}

// A key that could be copied, or that signs what its TPM did not make, is not the TPM's.
TEST_F(TpmAttestation, TheKeyStaysInItsTpm) {
  for (const uint32_t bit : {0x2u, 0x10u, 0x20u, 0x40000u})
    EXPECT_EQ(Spoilt([&](TpmParts& tpm) { tpm.attributes &= ~bit; }), "bad_attestation") << bit;
  EXPECT_EQ(Spoilt([](TpmParts& tpm) { tpm.attributes |= 0x10000; }), "bad_attestation");
}

TEST_F(TpmAttestation, IsSignedByTheAttestationKey) {
  const TpmParts tpm(parts_);
  const Bytes leaf = Leaf(root_, testing::TpmShape());
  EXPECT_EQ(Verify(ClaimOf(parts_, "tpm", tpm.Statement(parts_.key.get(), {leaf}))),
            "bad_attestation");
  EXPECT_EQ(With(tpm, root_, batch_.get(), {}), "bad_attestation") << "a certificate for packed";
  testing::CertificateShape ca = testing::TpmShape();
  ca.extensions.replace(ca.extensions.find("FALSE"), 5, "TRUE");
  EXPECT_EQ(With(tpm, root_, batch_.get(), ca), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& spoilt) { spoilt.algorithm = -257; }), "bad_attestation");
  EXPECT_EQ(Spoilt([](TpmParts& spoilt) { spoilt.algorithm = -65535; }), "unsupported_algorithm")
      << "RS1: SHA-1";
  EXPECT_EQ(Spoilt([](TpmParts& spoilt) { spoilt.algorithm = -8; }), "unsupported_algorithm");
}

TEST_F(TpmAttestation, OtherFormatsTakeNoTpmsMembers) {
  const Bytes statement =
      TpmParts(parts_).Statement(batch_.get(), {Leaf(root_, testing::TpmShape())});
  EXPECT_EQ(Verify(ClaimOf(parts_, "packed", statement)), "bad_attestation");
  EXPECT_EQ(Verify(ClaimOf(parts_, "fido-u2f", statement)), "bad_attestation");
  EXPECT_EQ(Verify(ClaimOf(parts_, "none", statement)), "bad_attestation");
  const Bytes packed = testing::PackedStatement(
      testing::SignWith(batch_.get(), parts_.SignedBytes()), {Leaf(root_)});
  EXPECT_EQ(Verify(ClaimOf(parts_, "tpm", packed)), "bad_attestation");
}

}  // namespace
}  // namespace fob::factors
