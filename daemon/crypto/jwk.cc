#include "daemon/crypto/jwk.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <optional>

#include "base/encoding.h"
#include "daemon/crypto/es256_key.h"
#include "daemon/crypto/rs256_key.h"
#include "daemon/crypto/strict_json.h"

namespace fob::crypto {

namespace json = boost::json;

namespace {

constexpr std::string_view kEs256 = "ES256";
constexpr std::string_view kEdDsa = "EdDSA";
constexpr std::string_view kRs256 = "RS256";
constexpr size_t kMaxKeys = 16;

using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, OsslFree<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, OsslFree<OSSL_PARAM_free>>;
using Number = std::unique_ptr<BIGNUM, OsslFree<BN_free>>;

Error BadJwks(std::string_view why) {
  ERR_clear_error();
  return MakeError(Code::kInvalidArgument, "bad_jwks",
                   "the JWK Set: " + std::string(why) + "; give public keys of P-256, Ed25519 or RSA");
}

std::string TextOf(const json::object& key, std::string_view name) {
  const json::value* value = key.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string().data(), value->get_string().size());
}

Bytes BytesOf(const json::object& key, std::string_view name) {
  auto bytes = Base64UrlDecode(TextOf(key, name));
  return bytes.ok() ? *std::move(bytes) : Bytes();
}

Pkey FromParams(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  Pkey out(key);
  const PkeyContext checker(EVP_PKEY_CTX_new_from_pkey(nullptr, out.get(), nullptr));
  if (!checker || EVP_PKEY_public_check(checker.get()) != 1) return nullptr;
  return out;
}

Pkey EcKey(const json::object& key) {
  const Bytes x = BytesOf(key, "x");
  const Bytes y = BytesOf(key, "y");
  if (TextOf(key, "crv") != "P-256" || x.size() != 32 || y.size() != 32) return nullptr;
  Bytes point = {0x04};
  point.insert(point.end(), x.begin(), x.end());
  point.insert(point.end(), y.begin(), y.end());
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  return FromParams("EC", builder.get());
}

Pkey EdKey(const json::object& key) {
  const Bytes x = BytesOf(key, "x");
  if (TextOf(key, "crv") != "Ed25519" || x.size() != 32) return nullptr;
  return Pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x.data(), x.size()));
}

Pkey RsaKey(const json::object& key) {
  const Bytes n = BytesOf(key, "n");
  const Bytes e = BytesOf(key, "e");
  if (n.size() > Rs256Key::kMaxBits / 8 || e.empty() || e.size() > 8) return nullptr;
  const Number modulus(BN_bin2bn(n.data(), static_cast<int>(n.size()), nullptr));
  const Number exponent(BN_bin2bn(e.data(), static_cast<int>(e.size()), nullptr));
  const bool strong = modulus && exponent && BN_num_bits(modulus.get()) >= Rs256Key::kMinBits &&
                      BN_is_odd(exponent.get()) == 1 && BN_is_one(exponent.get()) == 0;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!strong || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  return FromParams("RSA", builder.get());
}

}  // namespace

// What makes a key of a JSON object.
class JwkReader {
 public:
  // Nothing: a key that is not for signatures.
  static Result<std::optional<PublicKey>> Read(const json::object& object) {
    PublicKey key;
    const std::string kty = TextOf(object, "kty");
    if (object.contains("d") || object.contains("k") || kty == "oct") return BadJwks("a key that is not public");
    if (TextOf(object, "use") == "enc") return std::optional<PublicKey>();
    key.kid_ = TextOf(object, "kid");
    if (kty == "EC") {
      key.alg_ = kEs256;
      key.key_ = EcKey(object);
    } else if (kty == "OKP") {
      key.alg_ = kEdDsa;
      key.key_ = EdKey(object);
    } else if (kty == "RSA") {
      key.alg_ = kRs256;
      key.key_ = RsaKey(object);
    }
    if (key.key_ == nullptr) return BadJwks("a key that is none, or of a kind that is not taken");
    const std::string alg = TextOf(object, "alg");
    if (!alg.empty() && alg != key.alg_) return BadJwks("a key for another algorithm");
    key.signature_size_ = key.alg_ == kRs256 ? static_cast<size_t>(EVP_PKEY_get_size(key.key_.get())) : 64;
    return std::optional(std::move(key));
  }
};

Result<std::vector<PublicKey>> PublicKey::ParseSet(std::string_view jwks) {
  const auto set = ParseStrictObject(jwks);
  const json::value* keys = set.ok() ? set->if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return BadJwks("not a JSON object with an array \"keys\"");
  std::vector<PublicKey> out;
  for (const json::value& one : keys->get_array()) {
    if (!one.is_object()) return BadJwks("a key that is no object");
    FOB_TRY(auto key, JwkReader::Read(one.get_object()));
    if (key.has_value()) out.push_back(*std::move(key));
  }
  if (out.empty() || out.size() > kMaxKeys) return BadJwks("it holds no key for signatures, or more than 16");
  return out;
}

bool PublicKey::Verify(ByteView input, ByteView signature) const {
  if (signature.size() != signature_size_) return false;
  if (alg_ == kEs256) return VerifyEs256(key_.get(), input, signature);
  return VerifyDigest(key_.get(), alg_ == kRs256 ? "SHA256" : nullptr, input, signature);
}

}  // namespace fob::crypto
