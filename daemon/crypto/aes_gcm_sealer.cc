#include "daemon/crypto/aes_gcm_sealer.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <limits>

#include "base/random.h"

namespace fob::crypto {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
constexpr size_t kOverhead = 1 + kNonceSize + kTagSize;
constexpr size_t kMaxSecret = 64 * 1024;
constexpr std::string_view kPurpose = "fob: secrets at rest, 1";

Result<SecretBytes> DeriveKey(const SecretBytes& master_key) {
  const Kdf hkdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfContext context(hkdf ? EVP_KDF_CTX_new(hkdf.get()) : nullptr);
  if (!context) return OsslFailed("find HKDF");
  char digest[] = "SHA256";
  SecretBytes key(32);
  SecretBytes input = master_key.Clone();
  std::string info(kPurpose);
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input.RevealMutable().data(),
                                        input.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end(),
  };
  if (EVP_KDF_derive(context.get(), key.RevealMutable().data(), key.size(), params) != 1) {
    return OsslFailed("derive the sealing key");
  }
  return key;
}

bool FeedRow(EVP_CIPHER_CTX* context, std::string_view row) {
  int done = 0;
  return EVP_CipherUpdate(context, nullptr, &done, &kVersion, 1) == 1 &&
         EVP_CipherUpdate(context, nullptr, &done, AsBytes(row).data(),
                          static_cast<int>(row.size())) == 1;
}

}  // namespace

Result<std::unique_ptr<AesGcmSealer>> AesGcmSealer::Create(const SecretBytes& master_key) {
  if (master_key.size() != kMasterKeySize) {
    return MakeError(Code::kInvalidArgument, "master_key", "a master key has exactly 32 bytes");
  }
  Cipher cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  if (!cipher) return OsslFailed("find AES-256-GCM");
  FOB_TRY(SecretBytes key, DeriveKey(master_key));
  return std::unique_ptr<AesGcmSealer>(new AesGcmSealer(std::move(key), std::move(cipher)));
}

Result<Bytes> AesGcmSealer::Seal(std::string_view row, const SecretBytes& secret) const {
  if (secret.size() > kMaxSecret || row.size() > kMaxSecret) {
    return MakeError(Code::kInvalidArgument, "secret_too_long", "a secret too long to be sealed");
  }
  Bytes sealed(kOverhead + secret.size());
  sealed[0] = kVersion;
  const std::span<uint8_t> nonce(sealed.data() + 1, kNonceSize);
  SystemRandom().Fill(nonce);
  uint8_t* const text = nonce.data() + nonce.size();
  const CipherContext context(EVP_CIPHER_CTX_new());
  int done = 0;
  if (!context ||
      EVP_EncryptInit_ex2(context.get(), cipher_.get(), key_.Reveal().data(), nonce.data(),
                          nullptr) != 1 ||
      !FeedRow(context.get(), row) ||
      EVP_EncryptUpdate(context.get(), text, &done, secret.Reveal().data(),
                        static_cast<int>(secret.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), text + secret.size(), &done) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, text + secret.size()) !=
          1) {
    return OsslFailed("seal a secret");
  }
  return sealed;
}

Result<SecretBytes> AesGcmSealer::Open(std::string_view row, ByteView sealed) const {
  const Error corrupt =
      MakeError(Code::kCorrupt, "sealed_secret",
                "a stored secret does not open: other master key, other row, or damaged");
  if (sealed.size() < kOverhead || sealed.size() > kOverhead + kMaxSecret || sealed[0] != kVersion)
    return corrupt;
  const ByteView nonce = sealed.subspan(1, kNonceSize);
  const ByteView text = sealed.subspan(1 + kNonceSize, sealed.size() - kOverhead);
  uint8_t tag[kTagSize];
  std::copy_n(sealed.end() - kTagSize, kTagSize, tag);
  SecretBytes secret(text.size());
  const CipherContext context(EVP_CIPHER_CTX_new());
  int done = 0;
  if (!context ||
      EVP_DecryptInit_ex2(context.get(), cipher_.get(), key_.Reveal().data(), nonce.data(),
                          nullptr) != 1 ||
      !FeedRow(context.get(), row) ||
      EVP_DecryptUpdate(context.get(), secret.RevealMutable().data(), &done, text.data(),
                        static_cast<int>(text.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag) != 1) {
    return OsslFailed("open a secret");
  }
  uint8_t none[1];
  if (EVP_DecryptFinal_ex(context.get(), none, &done) != 1) {
    OsslFailed("open a secret");
    return corrupt;
  }
  return secret;
}

}  // namespace fob::crypto
