#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "devices/fido/algorithm.h"

namespace fob::fido {

// What attestation asks about X.509 certificates (DER, the leaf first), which this folder does not
// read. All statuses are kDenied/"bad_attestation".
class CertificateChecks {
 public:
  virtual ~CertificateChecks() = default;
  // The leaf is as WebAuthn clause 8.2.1, 8.3.1 or 8.6 wants it, and names no other model.
  enum class Kind { kPacked, kTpm, kU2f };
  virtual Status CheckLeaf(Kind kind, ByteView leaf,
                           const std::array<uint8_t, 16>& aaguid) const = 0;
  // The leaf's key signed `message`.
  virtual Status VerifySignature(ByteView leaf, Algorithm algorithm, ByteView message,
                                 ByteView signature) const = 0;
  // Whether the chain leads to a configured root at `now` (Unix seconds).
  virtual bool IsTrusted(const std::vector<Bytes>& chain, int64_t now) const = 0;
};

}  // namespace fob::fido
