#pragma once

#include <optional>

#include "base/random.h"
#include "tests/support/virtual_key/cbor_value.h"

namespace fob::testing {

// One PIN/UV auth protocol on the authenticator's side (CTAP 2.1 clauses 6.5.6 and 6.5.7): its
// key-agreement key and its pinUvAuthToken.
class PinProtocol {
 public:
  // version: 1 or 2.
  PinProtocol(int version, Random& random);

  int version() const { return version_; }
  void RegenerateKey();
  void ResetToken();
  const Bytes& token() const { return token_; }

  CborValue PublicKey() const;  // COSE_Key
  // The shared secret with the platform's COSE_Key; nullopt when that is no point of P-256.
  std::optional<Bytes> Decapsulate(const CborValue& platform_key) const;
  Bytes Encrypt(ByteView secret, ByteView plain);
  std::optional<Bytes> Decrypt(ByteView secret, ByteView cipher) const;
  // key: a shared secret, or the token.
  bool Verify(ByteView key, ByteView message, ByteView signature) const;

 private:
  int version_;
  Random& random_;
  Bytes private_key_;
  Bytes token_;
};

}  // namespace fob::testing
