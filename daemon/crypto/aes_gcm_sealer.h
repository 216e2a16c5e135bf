#pragma once

#include <memory>

#include "daemon/core/ports/crypto.h"
#include "daemon/crypto/ossl.h"

namespace fob::crypto {

// AES-256-GCM under a key that HKDF-SHA-256 derives from the master key. May be used by several
// threads at once.
//
//   sealed = version (1 byte, 1) nonce (12 random bytes) ciphertext tag (16 bytes)
//   associated data = version, row
//
// Random nonces: one master key is good for 2^32 sealings (NIST SP 800-38D clause 8.3).
class AesGcmSealer final : public core::Sealer {
 public:
  static constexpr size_t kMasterKeySize = 32;

  // kInvalidArgument: not 32 bytes.
  static Result<std::unique_ptr<AesGcmSealer>> Create(const SecretBytes& master_key);

  Result<Bytes> Seal(std::string_view row, const SecretBytes& secret) const override;
  Result<SecretBytes> Open(std::string_view row, ByteView sealed) const override;

 private:
  AesGcmSealer(SecretBytes key, Cipher cipher) : key_(std::move(key)), cipher_(std::move(cipher)) {}

  SecretBytes key_;
  Cipher cipher_;
};

}  // namespace fob::crypto
