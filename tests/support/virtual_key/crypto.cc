#include "tests/support/virtual_key/crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>

#include "tests/support/virtual_key/options.h"
#include "tests/support/virtual_key/ossl.h"

namespace fob::testing {
namespace {

using GroupPtr = OsslPtr<EC_GROUP, EC_GROUP_free>;
using PointPtr = OsslPtr<EC_POINT, EC_POINT_free>;
using BnPtr = OsslPtr<BIGNUM, BN_clear_free>;
using PkeyCtxPtr = OsslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using MdCtxPtr = OsslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using CipherCtxPtr = OsslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using ParamBldPtr = OsslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamPtr = OsslPtr<OSSL_PARAM, OSSL_PARAM_free>;

GroupPtr P256() {
  GroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  OsslCheck(group != nullptr, "P-256");
  return group;
}

BnPtr ToScalar(ByteView raw) {
  return BnPtr(BN_bin2bn(raw.data(), static_cast<int>(raw.size()), nullptr));
}

Bytes P256PublicPoint(ByteView private_key) {
  const GroupPtr group = P256();
  const PointPtr point(EC_POINT_new(group.get()));
  const BnPtr scalar = ToScalar(private_key);
  OsslCheck(EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1,
            "multiply");
  Bytes out(65);
  OsslCheck(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, out.data(),
                               out.size(), nullptr) == out.size(),
            "point");
  return out;
}

PkeyPtr P256Pkey(ByteView point, const BIGNUM* scalar) {
  const ParamBldPtr builder(OSSL_PARAM_BLD_new());
  OsslCheck(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1",
                                            0) == 1 &&
                OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                 point.data(), point.size()) == 1,
            "parameters");
  if (scalar != nullptr) {
    OsslCheck(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1,
              "private key");
  }
  const ParamPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* pkey = nullptr;
  if (EVP_PKEY_fromdata_init(ctx.get()) != 1 ||
      EVP_PKEY_fromdata(ctx.get(), &pkey,
                        scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        params.get()) != 1) {
    return nullptr;
  }
  return PkeyPtr(pkey);
}

std::optional<Bytes> AesCbc(ByteView key, ByteView iv, ByteView in, int encrypt) {
  if (in.size() % 16 != 0 || in.empty() || key.size() != 32 || iv.size() != 16) return std::nullopt;
  const CipherCtxPtr ctx(EVP_CIPHER_CTX_new());
  Bytes out(in.size() + 16);
  int got = 0;
  int tail = 0;
  OsslCheck(EVP_CipherInit_ex(ctx.get(), EVP_aes_256_cbc(), nullptr, key.data(), iv.data(),
                              encrypt) == 1 &&
                EVP_CIPHER_CTX_set_padding(ctx.get(), 0) == 1 &&
                EVP_CipherUpdate(ctx.get(), out.data(), &got, in.data(),
                                 static_cast<int>(in.size())) == 1 &&
                EVP_CipherFinal_ex(ctx.get(), out.data() + got, &tail) == 1,
            "AES-256-CBC");
  out.resize(static_cast<size_t>(got + tail));
  return out;
}

}  // namespace

PkeyPtr MakePkey(int algorithm, ByteView private_key) {
  PkeyPtr pkey;
  if (algorithm == kEdDsa) {
    pkey.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, private_key.data(),
                                            private_key.size()));
  } else {
    const BnPtr scalar = ToScalar(private_key);
    pkey = P256Pkey(P256PublicPoint(private_key), scalar.get());
  }
  OsslCheck(pkey != nullptr, "key");
  return pkey;
}

Bytes Sha256(ByteView data) {
  Bytes out(SHA256_DIGEST_LENGTH);
  SHA256(data.data(), data.size(), out.data());
  return out;
}

Bytes HmacSha256(ByteView key, ByteView data) {
  Bytes out(SHA256_DIGEST_LENGTH);
  unsigned length = 0;
  OsslCheck(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(), data.size(),
                 out.data(), &length) != nullptr,
            "HMAC");
  return out;
}

Bytes HkdfSha256(ByteView salt, ByteView secret, std::string_view info, size_t length) {
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  Bytes out(length);
  OsslCheck(
      EVP_PKEY_derive_init(ctx.get()) == 1 &&
          EVP_PKEY_CTX_set_hkdf_md(ctx.get(), EVP_sha256()) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_salt(ctx.get(), salt.data(), static_cast<int>(salt.size())) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_key(ctx.get(), secret.data(), static_cast<int>(secret.size())) ==
              1 &&
          EVP_PKEY_CTX_add1_hkdf_info(ctx.get(),
                                      reinterpret_cast<const unsigned char*>(info.data()),
                                      static_cast<int>(info.size())) == 1 &&
          EVP_PKEY_derive(ctx.get(), out.data(), &length) == 1,
      "HKDF");
  return out;
}

std::optional<Bytes> AesCbcEncrypt(ByteView key, ByteView iv, ByteView plain) {
  return AesCbc(key, iv, plain, 1);
}

std::optional<Bytes> AesCbcDecrypt(ByteView key, ByteView iv, ByteView cipher) {
  return AesCbc(key, iv, cipher, 0);
}

Bytes GeneratePrivateKey(int algorithm, Random& random) {
  if (algorithm == kEdDsa) return random.Take(32);
  const GroupPtr group = P256();
  while (true) {
    Bytes raw = random.Take(32);
    const BnPtr scalar = ToScalar(raw);
    if (!BN_is_zero(scalar.get()) && BN_cmp(scalar.get(), EC_GROUP_get0_order(group.get())) < 0)
      return raw;
  }
}

Bytes PublicKey(int algorithm, ByteView private_key) {
  if (algorithm != kEdDsa) return P256PublicPoint(private_key);
  const PkeyPtr pkey = MakePkey(kEdDsa, private_key);
  Bytes out(32);
  size_t length = out.size();
  OsslCheck(EVP_PKEY_get_raw_public_key(pkey.get(), out.data(), &length) == 1,
            "Ed25519 public key");
  return out;
}

CborValue CosePublicKey(int algorithm, ByteView private_key) {
  const Bytes raw = PublicKey(algorithm, private_key);
  // RFC 9053 clause 7: OKP is key type 1 with curve Ed25519 = 6; EC2 is key type 2 with curve P-256
  // = 1.
  if (algorithm == kEdDsa) return CborValue::Map{{1, 1}, {3, kEdDsa}, {-1, 6}, {-2, raw}};
  return CborValue::Map{{1, 2},
                        {3, kEs256},
                        {-1, 1},
                        {-2, Bytes(raw.begin() + 1, raw.begin() + 33)},
                        {-3, Bytes(raw.begin() + 33, raw.end())}};
}

Bytes Sign(int algorithm, ByteView private_key, ByteView message) {
  const PkeyPtr pkey = MakePkey(algorithm, private_key);
  const MdCtxPtr ctx(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm == kEdDsa ? nullptr : EVP_sha256();
  size_t length = 0;
  OsslCheck(EVP_DigestSignInit(ctx.get(), nullptr, digest, nullptr, pkey.get()) == 1 &&
                EVP_DigestSign(ctx.get(), nullptr, &length, message.data(), message.size()) == 1,
            "sign");
  Bytes out(length);
  OsslCheck(EVP_DigestSign(ctx.get(), out.data(), &length, message.data(), message.size()) == 1,
            "sign");
  out.resize(length);
  return out;
}

std::optional<Bytes> EcdhP256(ByteView private_key, ByteView x, ByteView y) {
  if (x.size() != 32 || y.size() != 32) return std::nullopt;
  Bytes point = {0x04};
  Append(point, x);
  Append(point, y);
  const PkeyPtr peer = P256Pkey(point, nullptr);
  if (peer == nullptr) return std::nullopt;
  const PkeyPtr own = MakePkey(kEs256, private_key);
  const PkeyCtxPtr ctx(EVP_PKEY_CTX_new(own.get(), nullptr));
  Bytes out(32);
  size_t length = out.size();
  if (EVP_PKEY_derive_init(ctx.get()) != 1 ||
      EVP_PKEY_derive_set_peer(ctx.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(ctx.get(), out.data(), &length) != 1) {
    return std::nullopt;
  }
  return out;
}

bool ConstantTimeEqual(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace fob::testing
