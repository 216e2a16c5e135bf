#pragma once

#include <string>
#include <vector>

#include "daemon/core/ports/factors.h"

namespace fob::testing {

// A code of `otp` at `now`, `steps` away.
std::string CodeOf(const std::string& otp, int64_t now, int64_t steps = 0);

// A code of `otp` with `counter`.
std::string HotpCodeOf(const std::string& otp, int64_t counter);

// Believes what a ScriptedDesk signs, and the codes of CodeOf and HotpCodeOf.
class FakeVerifier final : public core::FactorVerifier {
 public:
  struct Shown {
    std::string type;
    std::string user;
    std::string service;
  };
  core::Attestation attestation = core::Attestation::kNone;  // of every new key
  mutable std::vector<Shown> client_data;  // what was signed, in order
  mutable std::vector<Bytes> challenges;

  Result<core::VerifiedAssertion> VerifyAssertion(const core::KeyRecord& key,
                                                  const core::AssertionClaim& claim) const override;
  Result<core::KeyRecord> VerifyCredential(const core::CredentialClaim& claim) const override;
  Result<int64_t> MatchTotp(const core::OtpRecord& otp, const SecretBytes& code, int64_t now,
                            int window) const override;
  Result<int64_t> MatchHotp(const core::OtpRecord& otp, const SecretBytes& code,
                            int look_ahead) const override;
  Result<int64_t> ResyncHotp(const core::OtpRecord& otp, const SecretBytes& first,
                             const SecretBytes& second, int window) const override;
  Result<std::string> ClientData(std::string_view type, ByteView challenge, std::string_view host,
                                 std::string_view user, std::string_view service) const override;
  // "TYPE|CHALLENGE|ORIGIN".
  Result<Bytes> CheckBrowserData(std::string_view client_data,
                                 const core::BrowserExpectation& expected) const override;
  // FORMAT|STATEMENT|AUTH_DATA, where the last is one byte of flags.
  Result<core::AttestationObject> ReadAttestationObject(ByteView cbor) const override;
  SecretBytes OtpAuthUri(const core::OtpRecord& otp, std::string_view issuer) const override;
  Result<core::OtpRecord> ParseOtpAuthUri(const SecretBytes& uri) const override;
};

}  // namespace fob::testing
