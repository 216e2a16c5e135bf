#pragma once

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

// Owners of OpenSSL objects.
namespace fob::crypto {

template <auto Free>
struct OsslFree {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using Pkey = std::unique_ptr<EVP_PKEY, OsslFree<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, OsslFree<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD, OsslFree<EVP_MD_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, OsslFree<EVP_MD_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER, OsslFree<EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OsslFree<EVP_CIPHER_CTX_free>>;
using Kdf = std::unique_ptr<EVP_KDF, OsslFree<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, OsslFree<EVP_KDF_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, OsslFree<ECDSA_SIG_free>>;

// One signature in one call, of exactly signature.size() bytes. `digest`: "SHA256", or null where the algorithm
// has its own. False: OpenSSL could not, or the size is another.
bool SignDigest(EVP_PKEY* key, const char* digest, ByteView input, std::span<uint8_t> signature);
// Whether it holds; leaves OpenSSL's error queue empty.
bool VerifyDigest(EVP_PKEY* key, const char* digest, ByteView input, ByteView signature);

// kInternal: OpenSSL could not do `what`. Empties its error queue, which may quote input.
Error OsslFailed(std::string_view what);

}  // namespace fob::crypto
