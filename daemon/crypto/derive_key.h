#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace fob::crypto {

// HKDF with SHA-256 (RFC 5869): `size` bytes for one purpose, from which no other's can be told.
Result<SecretBytes> DeriveKey(const SecretBytes& from, std::string_view purpose, size_t size);

}  // namespace fob::crypto
