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
  key->keyed_.reset(EVP_MD_CTX_new());
  key->signer_.reset(EVP_MD_CTX_new());
  if (!key->keyed_ || !key->signer_ ||
      EVP_DigestSignInit_ex(key->keyed_.get(), nullptr, nullptr, nullptr, nullptr, key->key_.get(), nullptr) != 1) {
    return OsslFailed("set up EdDSA");
  }
  key->public_members_ = R"("crv":"Ed25519","kty":"OKP","x":")" + Base64UrlEncode(point) + '"';
  return std::unique_ptr<SigningKey>(std::move(key));
}

Status EdDsaKey::Sign(ByteView input, std::span<uint8_t> signature) {
  size_t size = signature.size();
  if (size != kSignatureSize || EVP_MD_CTX_copy_ex(signer_.get(), keyed_.get()) != 1 ||
      EVP_DigestSign(signer_.get(), signature.data(), &size, input.data(), input.size()) != 1 || size != kSignatureSize) {
    return OsslFailed("sign with EdDSA");
  }
  return Ok();
}

bool EdDsaKey::Verify(ByteView input, ByteView signature) const {
  return signature.size() == kSignatureSize && VerifyDigest(key_.get(), nullptr, input, signature);
}

}  // namespace fob::crypto
