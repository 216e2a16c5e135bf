#include "daemon/crypto/rs256_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/encoding.h"
#include "daemon/crypto/private_key.h"

namespace fob::crypto {
namespace {

using Number = std::unique_ptr<BIGNUM, OsslFree<BN_free>>;

Number Parameter(const Pkey& key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key.get(), name, &number);
  return Number(number);
}

// Asked by OpenSSL while it looks for primes; 0 ends that.
int GoesOn(EVP_PKEY_CTX* context) {
  return static_cast<const std::stop_token*>(EVP_PKEY_CTX_get_app_data(context))->stop_requested() ? 0 : 1;
}

// Base64urlUInt (RFC 7518 clause 2): big-endian, no leading zeros.
std::string Encode(const Number& number) {
  Bytes bytes(static_cast<size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), bytes.data());
  return Base64UrlEncode(bytes);
}

}  // namespace

Result<SecretBytes> Rs256Key::Generate(const std::stop_token& stop) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  const bool ready = context && EVP_PKEY_keygen_init(context.get()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(kBits)) == 1;
  if (!ready) return OsslFailed("generate an RSA key");
  EVP_PKEY_CTX_set_app_data(context.get(), const_cast<std::stop_token*>(&stop));
  EVP_PKEY_CTX_set_cb(context.get(), GoesOn);
  const bool found = EVP_PKEY_generate(context.get(), &made) == 1;
  const Pkey key(made);
  if (found) return EncodePrivateKey(key);
  const Error failed = OsslFailed("generate an RSA key");
  if (stop.stop_requested()) return MakeError(Code::kCancelled, "stopped", "no RSA key was looked for any longer");
  return failed;
}

Result<std::unique_ptr<SigningKey>> Rs256Key::Open(const SecretBytes& private_key) {
  constexpr std::string_view kName = "an RSA key of 2048 to 4096 bits with the exponent 65537";
  std::unique_ptr<Rs256Key> key(new Rs256Key);
  FOB_TRY(key->key_, DecodePrivateKey(private_key, "RSA", kName));
  const Number n = Parameter(key->key_, OSSL_PKEY_PARAM_RSA_N);
  const Number e = Parameter(key->key_, OSSL_PKEY_PARAM_RSA_E);
  if (!n || !e || BN_num_bits(n.get()) < kMinBits || BN_num_bits(n.get()) > kMaxBits ||
      BN_is_word(e.get(), RSA_F4) != 1) {
    return NotAPrivateKey(kName);
  }
  key->size_ = static_cast<size_t>(BN_num_bytes(n.get()));
  key->public_members_ = R"("e":")" + Encode(e) + R"(","kty":"RSA","n":")" + Encode(n) + '"';
  return std::unique_ptr<SigningKey>(std::move(key));
}

Status Rs256Key::Sign(ByteView input, std::span<uint8_t> signature) {
  const bool signed_so = signature.size() == size_ && SignDigest(key_.get(), "SHA256", input, signature);
  return signed_so ? Ok() : Status(OsslFailed("sign with RS256"));
}

bool Rs256Key::Verify(ByteView input, ByteView signature) const {
  return signature.size() == size_ && VerifyDigest(key_.get(), "SHA256", input, signature);
}

}  // namespace fob::crypto
