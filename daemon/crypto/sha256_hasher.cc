#include "daemon/crypto/sha256_hasher.h"

#include <cstdlib>

namespace fob::crypto {

Sha256Hasher::Sha256Hasher() : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {}

Bytes Sha256Hasher::Sha256(ByteView bytes) const {
  Bytes hash(32);
  unsigned size = 0;
  // There is no safe way on without a hash, and nothing but exhausted memory can take it away.
  if (!sha256_ ||
      EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, sha256_.get(), nullptr) != 1 ||
      size != hash.size()) {
    std::abort();
  }
  return hash;
}

}  // namespace fob::crypto
