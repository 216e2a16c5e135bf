#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace fob::core {

// Signs what the daemon says of its audit trail, with a key of that purpose alone.
class AuditSigner {
 public:
  virtual ~AuditSigner() = default;
  virtual Result<Bytes> Sign(ByteView statement) = 0;
  virtual bool Verify(ByteView statement, ByteView signature) const = 0;
  virtual std::string KeyId() const = 0;   // RFC 7638 thumbprint
  virtual std::string PublicKey() const = 0;  // a JWK (RFC 7517)
};

}  // namespace fob::core
