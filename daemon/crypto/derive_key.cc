#include "daemon/crypto/derive_key.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <string>

#include "daemon/crypto/ossl.h"

namespace fob::crypto {

Result<SecretBytes> DeriveKey(const SecretBytes& from, std::string_view purpose, size_t size) {
  const Kdf hkdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfContext context(hkdf ? EVP_KDF_CTX_new(hkdf.get()) : nullptr);
  if (!context) return OsslFailed("find HKDF");
  char digest[] = "SHA256";
  SecretBytes key(size);
  SecretBytes input = from.Clone();
  std::string info(purpose);
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input.RevealMutable().data(),
                                        input.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end(),
  };
  if (EVP_KDF_derive(context.get(), key.RevealMutable().data(), key.size(), params) != 1) {
    return OsslFailed("derive a key");
  }
  return key;
}

}  // namespace fob::crypto
