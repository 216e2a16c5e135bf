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

namespace {

class Running final : public core::RunningHash {
 public:
  explicit Running(const EVP_MD* sha256) : context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex2(context_.get(), sha256, nullptr) != 1) std::abort();
  }
  void Add(ByteView bytes) override {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) std::abort();
  }
  Bytes Finish() override {
    Bytes hash(32);
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), hash.data(), &size) != 1) std::abort();
    return hash;
  }

 private:
  DigestContext context_;
};

}  // namespace

std::unique_ptr<core::RunningHash> Sha256Hasher::Start() const {
  return std::make_unique<Running>(sha256_.get());
}

}  // namespace fob::crypto
