#include "daemon/crypto/es256_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "daemon/crypto/private_key.h"

namespace fob::crypto {
namespace {

constexpr size_t kScalar = 32;
constexpr size_t kMaxDer = 72;  // 2 + 2 * (2 + 1 + 32)

// Takes one INTEGER from the front of `der`.
bool TakeInteger(ByteView& der, std::span<uint8_t> scalar) {
  if (der.size() < 2 || der[0] != 0x02) return false;
  const size_t size = der[1];
  if (size == 0 || size > kScalar + 1 || der.size() - 2 < size) return false;
  ByteView value = der.subspan(2, size);
  der = der.subspan(2 + size);
  if ((value[0] & 0x80) != 0) return false;
  if (value[0] == 0 && value.size() > 1) {
    if ((value[1] & 0x80) == 0) return false;
    value = value.subspan(1);
  }
  if (value.size() > kScalar) return false;
  std::fill(scalar.begin(), scalar.end(), uint8_t{0});
  std::copy(value.begin(), value.end(), scalar.end() - static_cast<std::ptrdiff_t>(value.size()));
  return true;
}

bool IsZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

}  // namespace

bool EcdsaDerToRaw(ByteView der, std::span<uint8_t, Es256Key::kSignatureSize> raw) {
  if (der.size() < 2 || der.size() > kMaxDer || der[0] != 0x30 || der[1] != der.size() - 2)
    return false;
  ByteView rest = der.subspan(2);
  return TakeInteger(rest, raw.first<kScalar>()) && TakeInteger(rest, raw.last<kScalar>()) &&
         rest.empty();
}

Result<SecretBytes> Es256Key::Generate() {
  const Pkey key(EVP_EC_gen("P-256"));
  if (!key) return OsslFailed("generate a P-256 key");
  return EncodePrivateKey(key);
}

Result<std::unique_ptr<SigningKey>> Es256Key::Open(const SecretBytes& private_key) {
  std::unique_ptr<Es256Key> key(new Es256Key);
  constexpr std::string_view kName = "a P-256 key";
  FOB_TRY(key->key_, DecodePrivateKey(private_key, "EC", kName));
  char group[32] = {};
  std::array<uint8_t, 1 + 2 * kScalar> point{};
  size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key->key_.get(), OSSL_PKEY_PARAM_GROUP_NAME, group,
                                     sizeof group, nullptr) != 1 ||
      std::string_view(group) != "prime256v1" ||
      EVP_PKEY_set_utf8_string_param(key->key_.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                     "uncompressed") != 1 ||
      EVP_PKEY_get_octet_string_param(key->key_.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                      point.size(), &size) != 1 ||
      size != point.size() || point[0] != 0x04) {
    return NotAPrivateKey(kName);
  }
  key->sha256_.reset(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  key->digest_.reset(EVP_MD_CTX_new());
  key->signer_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key->key_.get(), nullptr));
  if (!key->sha256_ || !key->digest_ || !key->signer_ ||
      EVP_DigestInit_ex2(key->digest_.get(), key->sha256_.get(), nullptr) != 1 ||
      EVP_PKEY_sign_init(key->signer_.get()) != 1 ||
      EVP_PKEY_CTX_set_signature_md(key->signer_.get(), key->sha256_.get()) != 1) {
    return OsslFailed("set up ES256");
  }
  const ByteView xy = ByteView(point).subspan(1);
  key->public_members_ = R"("crv":"P-256","kty":"EC","x":")" + Base64UrlEncode(xy.first(kScalar)) +
                         R"(","y":")" + Base64UrlEncode(xy.last(kScalar)) + '"';
  return std::unique_ptr<SigningKey>(std::move(key));
}

Status Es256Key::Sign(ByteView input, std::span<uint8_t> signature) {
  std::array<uint8_t, 32> hash;
  unsigned hash_size = 0;
  std::array<uint8_t, kMaxDer> der;
  size_t der_size = der.size();
  if (signature.size() != kSignatureSize ||
      EVP_DigestInit_ex2(digest_.get(), nullptr, nullptr) != 1 ||
      EVP_DigestUpdate(digest_.get(), input.data(), input.size()) != 1 ||
      EVP_DigestFinal_ex(digest_.get(), hash.data(), &hash_size) != 1 ||
      EVP_PKEY_sign(signer_.get(), der.data(), &der_size, hash.data(), hash_size) != 1 ||
      !EcdsaDerToRaw(ByteView(der).first(der_size), signature.first<kSignatureSize>())) {
    return OsslFailed("sign with ES256");
  }
  return Ok();
}

bool VerifyEs256(EVP_PKEY* key, ByteView input, ByteView signature) {
  if (signature.size() != Es256Key::kSignatureSize) return false;
  const ByteView r = signature.first(kScalar);
  const ByteView s = signature.last(kScalar);
  if (IsZero(r) || IsZero(s)) return false;
  const EcdsaSignature parsed(ECDSA_SIG_new());
  BIGNUM* r_number = BN_bin2bn(r.data(), kScalar, nullptr);
  BIGNUM* s_number = BN_bin2bn(s.data(), kScalar, nullptr);
  if (!parsed || ECDSA_SIG_set0(parsed.get(), r_number, s_number) != 1) {
    BN_free(r_number);
    BN_free(s_number);
    return false;
  }
  std::array<uint8_t, kMaxDer> der;
  uint8_t* end = der.data();
  const int der_size = i2d_ECDSA_SIG(parsed.get(), &end);
  if (der_size <= 0) {
    ERR_clear_error();
    return false;
  }
  return VerifyDigest(key, "SHA256", input, ByteView(der).first(static_cast<size_t>(der_size)));
}

bool Es256Key::Verify(ByteView input, ByteView signature) const {
  return VerifyEs256(key_.get(), input, signature);
}

}  // namespace fob::crypto
