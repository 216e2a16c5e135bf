#include "daemon/crypto/reference_sealer.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "daemon/crypto/derive_key.h"

namespace fob::crypto {
namespace {

constexpr std::string_view kPurpose = "fob: opaque tokens, 1";
constexpr size_t kKeySize = 64;  // of AES-256-SIV: one half authenticates, the other one encrypts

bool FeedPurpose(EVP_CIPHER_CTX* context) {
  int done = 0;
  return EVP_CipherUpdate(context, nullptr, &done, AsBytes(kPurpose).data(), static_cast<int>(kPurpose.size())) == 1;
}

}  // namespace

Result<std::unique_ptr<ReferenceSealer>> ReferenceSealer::Create(const SecretBytes& secret) {
  FOB_TRY(const SecretBytes key, DeriveKey(secret, kPurpose, kKeySize));
  const Cipher cipher(EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr));
  std::unique_ptr<ReferenceSealer> sealer(new ReferenceSealer);
  for (CipherContext* context : {&sealer->seals_, &sealer->opens_, &sealer->work_}) context->reset(EVP_CIPHER_CTX_new());
  if (!cipher || !sealer->seals_ || !sealer->opens_ || !sealer->work_ ||
      EVP_EncryptInit_ex2(sealer->seals_.get(), cipher.get(), key.Reveal().data(), nullptr, nullptr) != 1 ||
      EVP_DecryptInit_ex2(sealer->opens_.get(), cipher.get(), key.Reveal().data(), nullptr, nullptr) != 1) {
    return OsslFailed("set up AES-256-SIV");
  }
  return sealer;
}

Result<Bytes> ReferenceSealer::Seal(ByteView text) const {
  Bytes sealed(kOverhead + text.size());
  int done = 0;
  if (text.empty() || text.size() > kMaxText || EVP_CIPHER_CTX_copy(work_.get(), seals_.get()) != 1 ||
      !FeedPurpose(work_.get()) ||
      EVP_EncryptUpdate(work_.get(), sealed.data() + kOverhead, &done, text.data(), static_cast<int>(text.size())) != 1 ||
      EVP_EncryptFinal_ex(work_.get(), sealed.data() + sealed.size(), &done) != 1 ||
      EVP_CIPHER_CTX_ctrl(work_.get(), EVP_CTRL_AEAD_GET_TAG, kOverhead, sealed.data()) != 1) {
    return OsslFailed("seal a reference");
  }
  return sealed;
}

std::optional<Bytes> ReferenceSealer::Open(ByteView sealed) const {
  if (sealed.size() <= kOverhead || sealed.size() > kOverhead + kMaxText) return std::nullopt;
  std::array<uint8_t, kOverhead> iv;
  std::copy_n(sealed.begin(), kOverhead, iv.begin());
  const ByteView text = sealed.subspan(kOverhead);
  Bytes opened(text.size());
  int done = 0;
  const bool good =
      EVP_CIPHER_CTX_copy(work_.get(), opens_.get()) == 1 &&
      EVP_CIPHER_CTX_ctrl(work_.get(), EVP_CTRL_AEAD_SET_TAG, kOverhead, iv.data()) == 1 && FeedPurpose(work_.get()) &&
      EVP_DecryptUpdate(work_.get(), opened.data(), &done, text.data(), static_cast<int>(text.size())) == 1 &&
      EVP_DecryptFinal_ex(work_.get(), opened.data() + opened.size(), &done) == 1;
  if (good) return opened;
  ERR_clear_error();
  return std::nullopt;
}

}  // namespace fob::crypto
