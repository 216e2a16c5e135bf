#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/core/ports/crypto.h"
#include "daemon/crypto/ossl.h"

namespace fob::crypto {

// AES-256-GCM under keys that HKDF-SHA-256 derives from master keys: one that seals, and others that
// what was sealed before still opens with. May be used by several threads at once.
//
//   sealed = version (1 byte, 2) key id (8 bytes) nonce (12 random bytes) ciphertext tag (16 bytes)
//   associated data = version, key id, row
//
// Version 1, from before master keys had ids, has none in either place, and is opened only.
// Random nonces: one master key is good for 2^32 sealings (NIST SP 800-38D clause 8.3).
class AesGcmSealer final : public core::Sealer {
 public:
  static constexpr size_t kMasterKeySize = 32;

  // kInvalidArgument: not 32 bytes.
  static Result<std::unique_ptr<AesGcmSealer>> Create(const SecretBytes& master_key);
  // What names a master key without telling anything of it: 16 hexadecimal digits.
  static Result<std::string> IdOf(const SecretBytes& master_key);

  // Opens what is sealed under this one too.
  Status Learn(const SecretBytes& master_key);
  // Seals under this one from now on. kNotFound: it was not learnt.
  Status SealWith(std::string_view id);
  // Forgets all but the one that seals.
  void Forget();

  Result<Bytes> Seal(std::string_view row, const SecretBytes& secret) const override;
  Result<SecretBytes> Open(std::string_view row, ByteView sealed) const override;
  Bytes Mark() const override;

 private:
  struct Key {
    Bytes id;
    SecretBytes secret;
  };
  using KeyPtr = std::shared_ptr<const Key>;

  explicit AesGcmSealer(Cipher cipher) : cipher_(std::move(cipher)) {}

  static Result<KeyPtr> Derive(const SecretBytes& master_key);
  KeyPtr Sealing() const;
  std::vector<KeyPtr> Opening(ByteView id) const;  // all, when `id` is empty
  Result<SecretBytes> OpenWith(const Key& key, std::string_view row, ByteView head, ByteView nonce,
                               ByteView rest) const;

  const Cipher cipher_;
  mutable std::mutex mutex_;  // guards keys_
  std::vector<KeyPtr> keys_;  // the first one seals
};

}  // namespace fob::crypto
