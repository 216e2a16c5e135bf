#pragma once

#include "daemon/core/ports/crypto.h"
#include "daemon/crypto/ossl.h"

namespace fob::crypto {

// May be used by several threads at once.
class Sha256Hasher final : public core::Hasher {
 public:
  Sha256Hasher();
  Bytes Sha256(ByteView bytes) const override;
  std::unique_ptr<core::RunningHash> Start() const override;

 private:
  Digest sha256_;
};

}  // namespace fob::crypto
