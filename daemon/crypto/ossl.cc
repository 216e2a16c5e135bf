#include "daemon/crypto/ossl.h"

#include <openssl/err.h>

#include <string>

namespace fob::crypto {

bool SignDigest(EVP_PKEY* key, const char* digest, ByteView input, std::span<uint8_t> signature) {
  const DigestContext context(EVP_MD_CTX_new());
  size_t size = signature.size();
  return context &&
         EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
         EVP_DigestSign(context.get(), signature.data(), &size, input.data(), input.size()) == 1 &&
         size == signature.size();
}

bool VerifyDigest(EVP_PKEY* key, const char* digest, ByteView input, ByteView signature) {
  const DigestContext context(EVP_MD_CTX_new());
  const bool good =
      context &&
      EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), input.data(), input.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

Error OsslFailed(std::string_view what) {
  ERR_clear_error();
  return MakeError(Code::kInternal, "crypto", "OpenSSL could not " + std::string(what));
}

}  // namespace fob::crypto
