#pragma once

#include <optional>

#include "base/random.h"
#include "tests/support/virtual_key/cbor_value.h"

// The cryptography of an authenticator over OpenSSL's EVP. Private keys are raw 32-byte strings.
// Calls that can only fail when OpenSSL itself is broken throw std::runtime_error.
namespace fob::testing {

Bytes Sha256(ByteView data);
Bytes HmacSha256(ByteView key, ByteView data);
Bytes HkdfSha256(ByteView salt, ByteView secret, std::string_view info, size_t length);

// AES-256-CBC without padding; nullopt when the length is no multiple of 16.
std::optional<Bytes> AesCbcEncrypt(ByteView key, ByteView iv, ByteView plain);
std::optional<Bytes> AesCbcDecrypt(ByteView key, ByteView iv, ByteView cipher);

// algorithm: kEs256 (P-256) or kEdDsa (Ed25519).
Bytes GeneratePrivateKey(int algorithm, Random& random);
// P-256: 65 bytes, 0x04 || x || y. Ed25519: 32 bytes.
Bytes PublicKey(int algorithm, ByteView private_key);
CborValue CosePublicKey(int algorithm, ByteView private_key);
// ES256: ASN.1 DER over SHA-256 of the message; EdDSA: 64 bytes.
Bytes Sign(int algorithm, ByteView private_key, ByteView message);

// The x coordinate of the shared point; nullopt when (x, y) is not on P-256.
std::optional<Bytes> EcdhP256(ByteView private_key, ByteView x, ByteView y);

bool ConstantTimeEqual(ByteView a, ByteView b);

}  // namespace fob::testing
