#include "daemon/crypto/private_key.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <string>

namespace fob::crypto {
namespace {

using KeyInfo = std::unique_ptr<PKCS8_PRIV_KEY_INFO, OsslFree<PKCS8_PRIV_KEY_INFO_free>>;

}  // namespace

Result<SecretBytes> EncodePrivateKey(const Pkey& key) {
  const KeyInfo info(EVP_PKEY2PKCS8(key.get()));
  const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr) : -1;
  if (size <= 0) return OsslFailed("encode a private key");
  SecretBytes der(static_cast<size_t>(size));
  uint8_t* to = der.RevealMutable().data();
  if (i2d_PKCS8_PRIV_KEY_INFO(info.get(), &to) != size) return OsslFailed("encode a private key");
  return der;
}

Result<Pkey> DecodePrivateKey(const SecretBytes& der, const char* type, std::string_view name) {
  const uint8_t* from = der.Reveal().data();
  const KeyInfo info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &from, static_cast<long>(der.size())));
  if (!info || from != der.Reveal().data() + der.size()) return NotAPrivateKey(name);
  Pkey key(EVP_PKCS82PKEY(info.get()));
  if (!key || EVP_PKEY_is_a(key.get(), type) != 1) return NotAPrivateKey(name);
  return key;
}

Error NotAPrivateKey(std::string_view name) {
  ERR_clear_error();
  return MakeError(Code::kCorrupt, "signing_key",
                   "a stored signing key is not " + std::string(name));
}

}  // namespace fob::crypto
