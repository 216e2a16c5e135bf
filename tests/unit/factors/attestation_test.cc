#include <functional>

#include "tests/unit/factors/attestation_fixture.h"

namespace fob::factors {
namespace {

using testing::CertificateShape;
using testing::Issuer;
using testing::PackedStatement;
using testing::SignWith;
using testing::U2fStatement;

class PackedAttestation : public AttestationFixture {
 protected:
  std::string With(std::vector<Bytes> x5c) {
    return Verify(
        ClaimOf(parts_, "packed",
                PackedStatement(SignWith(batch_.get(), parts_.SignedBytes()), std::move(x5c))));
  }
};

TEST_F(PackedAttestation, IsVerifiedByAConfiguredRootAlone) {
  EXPECT_EQ(With({Leaf(root_)}), "verified");
  EXPECT_EQ(With({Leaf(stranger_)}), "unverified");
  EXPECT_EQ(With({Leaf(stranger_), stranger_.der()}), "unverified");
  const Issuer middle(root_, testing::RootShape("a middle"));
  EXPECT_EQ(With({Leaf(middle), middle.der()}), "verified");
  EXPECT_EQ(With({Leaf(middle)}), "unverified");
  CertificateShape gone;
  gone.not_after = "20250101000000Z";
  EXPECT_EQ(With({Leaf(root_, gone)}), "unverified");
}

TEST_F(PackedAttestation, HoldsForItsModelAlone) {
  CertificateShape shape;
  shape.aaguid = parts_.aaguid;
  EXPECT_EQ(With({Leaf(root_, shape)}), "verified");
  shape.aaguid = Bytes(16, 0x22);
  EXPECT_EQ(With({Leaf(root_, shape)}), "bad_attestation");
}

TEST_F(PackedAttestation, CertificatesThatAreNotForItAreRefused) {
  CertificateShape ca;
  ca.extensions = "basicConstraints=critical,CA:TRUE\n";
  EXPECT_EQ(With({Leaf(root_, ca)}), "bad_attestation");
  CertificateShape web;
  web.subject[2].second = "Web";
  EXPECT_EQ(With({Leaf(root_, web)}), "bad_attestation");
  EXPECT_EQ(With({Leaf(stranger_, web)}), "bad_attestation") << "trusted or not";
  EXPECT_EQ(With({Bytes{0x30, 0x00}}), "bad_attestation");
  EXPECT_EQ(With(std::vector<Bytes>(9, Leaf(root_))), "bad_attestation") << "more than eight";
  EXPECT_EQ(With({Leaf(root_), Bytes()}), "bad_attestation");
}

TEST_F(PackedAttestation, IsSignedByTheLeafOverWhatTheKeySaid) {
  const std::vector<Bytes> x5c = {Leaf(root_)};
  const Bytes good = SignWith(batch_.get(), parts_.SignedBytes());
  const auto claim = [&](const Bytes& signature, int64_t algorithm = -7) {
    return ClaimOf(parts_, "packed", PackedStatement(signature, x5c, algorithm));
  };
  EXPECT_EQ(Verify(claim(good)), "verified");
  EXPECT_EQ(Verify(claim(SignWith(parts_.key.get(), parts_.SignedBytes()))), "bad_attestation");
  EXPECT_EQ(Verify(claim(good, -8)), "bad_attestation");
  EXPECT_EQ(Verify(claim(good, -257)), "bad_attestation");
  EXPECT_EQ(Verify(claim({})), "bad_attestation");
  core::CredentialClaim other = claim(good);
  other.client_data_hash[0] ^= 1;
  EXPECT_EQ(Verify(other), "bad_attestation");
  other = claim(good);
  other.credential_id[0] ^= 1;
  EXPECT_EQ(Verify(other), "wrong_credential");
  for (const size_t at : {size_t{32}, size_t{36}, size_t{40}, size_t{56}, size_t{100}}) {
    other = claim(good);
    other.auth_data[at] ^= 2;
    EXPECT_NE(Verify(other), "verified") << at;
  }
}

TEST_F(PackedAttestation, SelfIsTheCredentialsOwnWord) {
  const Bytes signature = SignWith(parts_.key.get(), parts_.SignedBytes());
  EXPECT_EQ(Verify(ClaimOf(parts_, "packed", PackedStatement(signature, {}))), "self");
  EXPECT_EQ(Verify(ClaimOf(parts_, "packed", PackedStatement(signature, {}, -257))),
            "bad_attestation");
  EXPECT_EQ(Verify(ClaimOf(parts_, "packed",
                           PackedStatement(SignWith(batch_.get(), parts_.SignedBytes()), {}))),
            "bad_attestation");
}

TEST_F(AttestationFixture, NoneIsNone) {
  EXPECT_EQ(Verify(ClaimOf(parts_, "none", {0xa0})), "none");
  EXPECT_EQ(
      Verify(ClaimOf(parts_, "none",
                     PackedStatement(SignWith(batch_.get(), parts_.SignedBytes()), {Leaf(root_)}))),
      "bad_attestation");
  for (const char* format :
       {"", "NONE", "android-key", "android-safetynet", "apple", "packed ", "compound"})
    EXPECT_EQ(Verify(ClaimOf(parts_, format, {0xa0})), "unknown_attestation") << format;
}

class U2fAttestation : public AttestationFixture {
 protected:
  void SetUp() override { parts_.aaguid = Bytes(16, 0); }
  std::string With(std::vector<Bytes> x5c) {
    return Verify(ClaimOf(parts_, "fido-u2f",
                          U2fStatement(SignWith(batch_.get(), parts_.U2fBytes()), std::move(x5c))));
  }
};

TEST_F(U2fAttestation, IsVerifiedByAConfiguredRootAlone) {
  EXPECT_EQ(With({Leaf(root_)}), "verified");
  EXPECT_EQ(With({Leaf(stranger_)}), "unverified");
  CertificateShape old;
  old.version = X509_VERSION_1;
  old.extensions.clear();
  old.subject = {{"CN", "a U2F key of 2014"}};
  EXPECT_EQ(With({Leaf(root_, old)}), "verified");
}

TEST_F(U2fAttestation, HasOneCertificate) {
  EXPECT_EQ(With({}), "bad_attestation");
  EXPECT_EQ(With({Leaf(root_), root_.der()}), "bad_attestation");
  EXPECT_EQ(
      Verify(ClaimOf(parts_, "fido-u2f",
                     PackedStatement(SignWith(batch_.get(), parts_.U2fBytes()), {Leaf(root_)}))),
      "bad_attestation")
      << "an algorithm";
  EXPECT_EQ(
      Verify(ClaimOf(parts_, "fido-u2f",
                     U2fStatement(SignWith(batch_.get(), parts_.SignedBytes()), {Leaf(root_)}))),
      "bad_attestation")
      << "another format's signed bytes";
}

// Its signature does not cover them.
TEST_F(U2fAttestation, SaysNothingThatIsNotSigned) {
  parts_.aaguid = Bytes(16, 0x11);
  EXPECT_EQ(With({Leaf(root_)}), "bad_attestation");
  parts_.aaguid = Bytes(16, 0);
  for (const uint8_t flag : {testing::kFlagUv, testing::kFlagBe}) {
    parts_.flags = testing::kFlagUp | flag;
    EXPECT_EQ(With({Leaf(root_)}), "bad_attestation") << int{flag};
  }
}

TEST_F(AttestationFixture, StatementsAreExact) {
  const Bytes good = PackedStatement(SignWith(batch_.get(), parts_.SignedBytes()), {Leaf(root_)});
  for (size_t size = 0; size < good.size(); ++size)
    ASSERT_EQ(
        Verify(ClaimOf(parts_, "packed", {good.begin(), good.begin() + static_cast<long>(size)})),
        "bad_attestation");
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(Verify(ClaimOf(parts_, "packed", longer)), "bad_attestation");
  // {"alg": -7, "alg": -7, "sig": h'00'} and others that a lenient reader would take.
  for (const char* hex : {"a363616c672663616c67266373696741 00", "a263616c672663736967f6",
                          "a263616c6720636578740063736967 4100",
                          "a3636578740063616c67266373696741 00", "80", "f6", ""}) {
    Bytes statement;
    std::string digits(hex);
    std::erase(digits, ' ');
    for (size_t i = 0; i + 1 < digits.size(); i += 2)
      statement.push_back(static_cast<uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    EXPECT_EQ(Verify(ClaimOf(parts_, "packed", statement)), "bad_attestation") << hex;
  }
}

// WebAuthn level 3 clause 7.2: whether a credential can be backed up does not change.
TEST_F(AttestationFixture, TheBackupFlagOfTheEnrolmentStays) {
  for (const bool eligible : {false, true}) {
    parts_.flags = eligible ? testing::kFlagUp | testing::kFlagBe : testing::kFlagUp;
    const auto key = verifier_.VerifyCredential(ClaimOf(parts_, "none", {0xa0}));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->backup_eligible, eligible);
    for (const uint8_t flags : {testing::kFlagUp, uint8_t{testing::kFlagUp | testing::kFlagBe},
                                uint8_t{testing::kFlagUp | testing::kFlagBe | testing::kFlagBs}}) {
      core::AssertionClaim claim;
      claim.client_data_hash = parts_.client_data_hash;
      claim.credential_id = parts_.credential_id;
      claim.auth_data = parts_.AssertionData(flags);
      Bytes message = claim.auth_data;
      message.insert(message.end(), claim.client_data_hash.begin(), claim.client_data_hash.end());
      claim.signature = SignWith(parts_.key.get(), message);
      const auto verified = verifier_.VerifyAssertion(*key, claim);
      EXPECT_EQ(verified.ok() ? "" : verified.error().reason,
                ((flags & testing::kFlagBe) != 0) == eligible ? "" : "backup_changed");
    }
  }
}

}  // namespace
}  // namespace fob::factors
