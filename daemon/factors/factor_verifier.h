#pragma once

#include "daemon/core/ports/factors.h"
#include "daemon/factors/attestation_checks.h"

namespace fob::factors {

// The core's view of devices/fido and devices/oath.
class FactorVerifier final : public core::FactorVerifier {
 public:
  explicit FactorVerifier(crypto::AttestationCertificates certificates) : attestation_(std::move(certificates)) {}

  Result<core::VerifiedAssertion> VerifyAssertion(const core::KeyRecord& key,
                                                  const core::AssertionClaim& claim) const override;
  Result<core::KeyRecord> VerifyCredential(const core::CredentialClaim& claim) const override;
  Result<int64_t> MatchTotp(const core::OtpRecord& otp, const SecretBytes& code, int64_t now,
                            int window) const override;
  Result<int64_t> MatchHotp(const core::OtpRecord& otp, const SecretBytes& code, int look_ahead) const override;
  Result<int64_t> ResyncHotp(const core::OtpRecord& otp, const SecretBytes& first, const SecretBytes& second,
                             int window) const override;
  Result<std::string> ClientData(std::string_view type, ByteView challenge, std::string_view host,
                                 std::string_view user, std::string_view service) const override;
  Result<Bytes> CheckBrowserData(std::string_view client_data, const core::BrowserExpectation& expected) const override;
  Result<core::AttestationObject> ReadAttestationObject(ByteView cbor) const override;
  SecretBytes OtpAuthUri(const core::OtpRecord& otp, std::string_view issuer) const override;
  Result<core::OtpRecord> ParseOtpAuthUri(const SecretBytes& uri) const override;

 private:
  AttestationChecks attestation_;
};

}  // namespace fob::factors
