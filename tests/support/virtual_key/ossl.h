#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

#include "tests/support/virtual_key/bytes.h"

namespace fob::testing {

template <auto kFree>
struct OsslFree {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

template <typename T, auto kFree>
using OsslPtr = std::unique_ptr<T, OsslFree<kFree>>;
using PkeyPtr = OsslPtr<EVP_PKEY, EVP_PKEY_free>;

inline void OsslCheck(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("openssl: ") + what);
}

inline Bytes DerOf(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  OsslCheck(size > 0, "encode certificate");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

// A key pair for signing or key agreement from the raw private key.
PkeyPtr MakePkey(int algorithm, ByteView private_key);

}  // namespace fob::testing
