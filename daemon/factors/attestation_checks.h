#pragma once

#include "daemon/crypto/attestation_certificates.h"
#include "devices/fido/certificates.h"

namespace fob::factors {

// What devices/fido asks of certificates, answered by daemon/crypto.
class AttestationChecks final : public fido::CertificateChecks {
 public:
  explicit AttestationChecks(crypto::AttestationCertificates certificates) : certificates_(std::move(certificates)) {}

  Status CheckLeaf(Kind kind, ByteView leaf, const std::array<uint8_t, 16>& aaguid) const override;
  Status VerifySignature(ByteView leaf, fido::Algorithm algorithm, ByteView message,
                         ByteView signature) const override;
  bool IsTrusted(const std::vector<Bytes>& chain, int64_t now) const override;

 private:
  crypto::AttestationCertificates certificates_;
};

}  // namespace fob::factors
