#pragma once

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "daemon/crypto/ossl.h"

namespace fob::crypto {

// Seals short texts that are given out, each once and without counting them: AES-SIV (RFC 5297), which needs no nonce and
// stays good however many there are. Sealed: the synthetic IV of 16 bytes, then the text. For one thread at a time.
class ReferenceSealer {
 public:
  static constexpr size_t kOverhead = 16;
  static constexpr size_t kMaxText = 256;

  // The key is derived from `secret`, a private key, and tells nothing of it.
  static Result<std::unique_ptr<ReferenceSealer>> Create(const SecretBytes& secret);

  Result<Bytes> Seal(ByteView text) const;                 // of at most kMaxText bytes, and not empty
  std::optional<Bytes> Open(ByteView sealed) const;        // nothing: it is not of this key

 private:
  ReferenceSealer() = default;

  // Set up once, and copied for each text: setting up takes longer than sealing.
  CipherContext seals_, opens_, work_;
};

}  // namespace fob::crypto
