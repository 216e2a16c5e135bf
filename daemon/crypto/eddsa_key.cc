#include "daemon/crypto/eddsa_key.h"

#include <array>

#include "base/encoding.h"
#include "daemon/crypto/private_key.h"

namespace fob::crypto {

Result<SecretBytes> EdDsaKey::Generate() {
  const Pkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return OsslFailed("generate an Ed25519 key");
  return EncodePrivateKey(key);
}

Result<std::unique_ptr<SigningKey>> EdDsaKey::Open(const SecretBytes& private_key) {
  constexpr std::string_view kName = "an Ed25519 key";
  std::unique_ptr<EdDsaKey> key(new EdDsaKey);
  FOB_TRY(key->key_, DecodePrivateKey(private_key, "ED25519", kName));
  std::array<uint8_t, 32> point{};
  size_t size = point.size();
  if (EVP_PKEY_get_raw_public_key(key->key_.get(), point.data(), &size) != 1 ||
      size != point.size()) {
    return NotAPrivateKey(kName);
  }
  key->public_members_ = R"("crv":"Ed25519","kty":"OKP","x":")" + Base64UrlEncode(point) + '"';
  return std::unique_ptr<SigningKey>(std::move(key));
}

Status EdDsaKey::Sign(ByteView input, std::span<uint8_t> signature) {
  const bool signed_so = signature.size() == kSignatureSize && SignDigest(key_.get(), nullptr, input, signature);
  return signed_so ? Ok() : Status(OsslFailed("sign with EdDSA"));
}

bool EdDsaKey::Verify(ByteView input, ByteView signature) const {
  return signature.size() == kSignatureSize && VerifyDigest(key_.get(), nullptr, input, signature);
}

}  // namespace fob::crypto
