#include "daemon/factors/attestation_checks.h"

#include "daemon/factors/algorithms.h"

namespace fob::factors {

Status AttestationChecks::CheckLeaf(Kind kind, ByteView leaf, const std::array<uint8_t, 16>& aaguid) const {
  switch (kind) {
    case Kind::kPacked: return certificates_.CheckPackedLeaf(leaf, aaguid);
    case Kind::kTpm: return certificates_.CheckTpmLeaf(leaf, aaguid);
    case Kind::kU2f: break;
  }
  return certificates_.CheckU2fLeaf(leaf);
}

Status AttestationChecks::VerifySignature(ByteView leaf, fido::Algorithm algorithm, ByteView message,
                                          ByteView signature) const {
  return certificates_.VerifySignature(leaf, FromFido(algorithm), message, signature);
}

bool AttestationChecks::IsTrusted(const std::vector<Bytes>& chain, int64_t now) const {
  return certificates_.IsTrusted(chain, now);
}

}  // namespace fob::factors
