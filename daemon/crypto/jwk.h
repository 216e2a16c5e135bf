#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "daemon/crypto/ossl.h"

namespace fob::crypto {

// A public key that is not ours, for one algorithm and no other: ES256 (P-256), EdDSA (Ed25519) or RS256
// (2048 to 4096 bits).
class PublicKey {
 public:
  // Of a JWK Set (RFC 7517): at least one key, none of which is symmetric or private. Keys for encryption
  // are left out. kInvalidArgument "bad_jwks".
  static Result<std::vector<PublicKey>> ParseSet(std::string_view jwks);

  const std::string& kid() const { return kid_; }  // may be empty
  std::string_view alg() const { return alg_; }
  bool Verify(ByteView input, ByteView signature) const;

 private:
  friend class JwkReader;
  std::string kid_;
  std::string_view alg_;
  size_t signature_size_ = 0;
  Pkey key_;
};

}  // namespace fob::crypto
