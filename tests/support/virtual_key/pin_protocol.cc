#include "tests/support/virtual_key/pin_protocol.h"

#include "tests/support/virtual_key/crypto.h"
#include "tests/support/virtual_key/options.h"

namespace fob::testing {
namespace {

constexpr size_t kIvSize = 16;
constexpr size_t kHmacKeySize = 32;
constexpr int kEcdhEsHkdf256 = -25;  // the "alg" that CTAP gives to every key-agreement key

ByteView HmacKey(ByteView secret) { return secret.first(std::min(secret.size(), kHmacKeySize)); }

}  // namespace

PinProtocol::PinProtocol(int version, Random& random) : version_(version), random_(random) {
  RegenerateKey();
  ResetToken();
}

void PinProtocol::RegenerateKey() { private_key_ = GeneratePrivateKey(kEs256, random_); }

void PinProtocol::ResetToken() { token_ = random_.Take(32); }

CborValue PinProtocol::PublicKey() const {
  const Bytes point = testing::PublicKey(kEs256, private_key_);
  return CborValue::Map{{1, 2},
                        {3, kEcdhEsHkdf256},
                        {-1, 1},
                        {-2, Bytes(point.begin() + 1, point.begin() + 33)},
                        {-3, Bytes(point.begin() + 33, point.end())}};
}

std::optional<Bytes> PinProtocol::Decapsulate(const CborValue& platform_key) const {
  const CborValue* x = platform_key.Find(-2);
  const CborValue* y = platform_key.Find(-3);
  if (x == nullptr || y == nullptr || x->AsBytes() == nullptr || y->AsBytes() == nullptr)
    return std::nullopt;
  const auto z = EcdhP256(private_key_, *x->AsBytes(), *y->AsBytes());
  if (!z) return std::nullopt;
  if (version_ == 1) return Sha256(*z);
  const Bytes salt(32, 0);
  return Concat(HkdfSha256(salt, *z, "CTAP2 HMAC key", 32),
                HkdfSha256(salt, *z, "CTAP2 AES key", 32));
}

Bytes PinProtocol::Encrypt(ByteView secret, ByteView plain) {
  if (version_ == 1) return *AesCbcEncrypt(secret, Bytes(kIvSize, 0), plain);
  const Bytes iv = random_.Take(kIvSize);
  return Concat(iv, *AesCbcEncrypt(secret.subspan(kHmacKeySize), iv, plain));
}

std::optional<Bytes> PinProtocol::Decrypt(ByteView secret, ByteView cipher) const {
  if (version_ == 1) return AesCbcDecrypt(secret, Bytes(kIvSize, 0), cipher);
  if (cipher.size() < kIvSize) return std::nullopt;
  return AesCbcDecrypt(secret.subspan(kHmacKeySize), cipher.first(kIvSize),
                       cipher.subspan(kIvSize));
}

bool PinProtocol::Verify(ByteView key, ByteView message, ByteView signature) const {
  Bytes expected = HmacSha256(HmacKey(key), message);
  if (version_ == 1) expected.resize(16);
  return ConstantTimeEqual(expected, signature);
}

}  // namespace fob::testing
