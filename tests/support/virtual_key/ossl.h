#pragma once

#include <openssl/evp.h>

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

// A key pair for signing or key agreement from the raw private key.
PkeyPtr MakePkey(int algorithm, ByteView private_key);

}  // namespace fob::testing
