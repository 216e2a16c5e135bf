#pragma once

#include <string_view>

#include "base/secret.h"
#include "daemon/crypto/ossl.h"

// Private keys of every algorithm as they are stored: PKCS #8, DER, not encrypted (RFC 5208 clause
// 5).
namespace fob::crypto {

Result<SecretBytes> EncodePrivateKey(const Pkey& key);

// Exact: a key of `type` ("EC", "ED25519", "RSA") and nothing after it. kCorrupt; `name` is what
// the error calls it.
Result<Pkey> DecodePrivateKey(const SecretBytes& der, const char* type, std::string_view name);

Error NotAPrivateKey(std::string_view name);  // kCorrupt; empties OpenSSL's error queue

}  // namespace fob::crypto
