#include "daemon/crypto/aes_gcm_sealer.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/random.h"
#include "daemon/crypto/derive_key.h"

namespace fob::crypto {
namespace {

constexpr uint8_t kVersion = 2;
constexpr uint8_t kVersionWithoutId = 1;
constexpr size_t kIdSize = 8;
constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
constexpr size_t kMaxSecret = 64 * 1024;
constexpr std::string_view kPurpose = "fob: secrets at rest, 1";
constexpr std::string_view kIdPurpose = "fob: master key id, 1";

// `head`: version and key id.
bool FeedRow(EVP_CIPHER_CTX* context, ByteView head, std::string_view row) {
  int done = 0;
  return EVP_CipherUpdate(context, nullptr, &done, head.data(), static_cast<int>(head.size())) == 1 &&
         EVP_CipherUpdate(context, nullptr, &done, AsBytes(row).data(),
                          static_cast<int>(row.size())) == 1;
}

Error Corrupt() {
  return MakeError(Code::kCorrupt, "sealed_secret",
                   "a stored secret does not open: other master key, other row, or damaged");
}

}  // namespace

Result<AesGcmSealer::KeyPtr> AesGcmSealer::Derive(const SecretBytes& master_key) {
  if (master_key.size() != kMasterKeySize) {
    return MakeError(Code::kInvalidArgument, "master_key", "a master key has exactly 32 bytes");
  }
  auto key = std::make_shared<Key>();
  FOB_TRY(key->secret, DeriveKey(master_key, kPurpose, 32));
  FOB_TRY(const SecretBytes id, DeriveKey(master_key, kIdPurpose, kIdSize));
  key->id.assign(id.Reveal().begin(), id.Reveal().end());  // public
  return KeyPtr(std::move(key));
}

Result<std::unique_ptr<AesGcmSealer>> AesGcmSealer::Create(const SecretBytes& master_key) {
  Cipher cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  if (!cipher) return OsslFailed("find AES-256-GCM");
  std::unique_ptr<AesGcmSealer> sealer(new AesGcmSealer(std::move(cipher)));
  FOB_CHECK(sealer->Learn(master_key));
  return sealer;
}

Result<std::string> AesGcmSealer::IdOf(const SecretBytes& master_key) {
  FOB_TRY(const KeyPtr key, Derive(master_key));
  return HexEncode(key->id);
}

Status AesGcmSealer::Learn(const SecretBytes& master_key) {
  FOB_TRY(KeyPtr key, Derive(master_key));
  const std::lock_guard lock(mutex_);
  for (const KeyPtr& known : keys_) {
    if (known->id == key->id) return Ok();
  }
  keys_.push_back(std::move(key));
  return Ok();
}

Status AesGcmSealer::SealWith(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const KeyPtr& key) { return HexEncode(key->id) == id; });
  if (found == keys_.end()) {
    return MakeError(Code::kNotFound, "master_key", "there is no master key " + std::string(id));
  }
  std::rotate(keys_.begin(), found, found + 1);
  return Ok();
}

void AesGcmSealer::Forget() {
  const std::lock_guard lock(mutex_);
  keys_.resize(1);
}

AesGcmSealer::KeyPtr AesGcmSealer::Sealing() const {
  const std::lock_guard lock(mutex_);
  return keys_.front();
}

std::vector<AesGcmSealer::KeyPtr> AesGcmSealer::Opening(ByteView id) const {
  const std::lock_guard lock(mutex_);
  if (id.empty()) return keys_;
  for (const KeyPtr& key : keys_) {
    if (std::equal(id.begin(), id.end(), key->id.begin(), key->id.end())) return {key};
  }
  return {};
}

Bytes AesGcmSealer::Mark() const {
  const KeyPtr key = Sealing();
  Bytes mark = {kVersion};
  mark.insert(mark.end(), key->id.begin(), key->id.end());
  return mark;
}

Result<Bytes> AesGcmSealer::Seal(std::string_view row, const SecretBytes& secret) const {
  if (secret.size() > kMaxSecret || row.size() > kMaxSecret) {
    return MakeError(Code::kInvalidArgument, "secret_too_long", "a secret too long to be sealed");
  }
  const KeyPtr key = Sealing();
  Bytes sealed = {kVersion};
  sealed.insert(sealed.end(), key->id.begin(), key->id.end());
  sealed.resize(1 + kIdSize + kNonceSize + secret.size() + kTagSize);
  const std::span<uint8_t> head(sealed.data(), 1 + kIdSize);
  const std::span<uint8_t> nonce(sealed.data() + head.size(), kNonceSize);
  SystemRandom().Fill(nonce);
  uint8_t* const text = nonce.data() + nonce.size();
  const CipherContext context(EVP_CIPHER_CTX_new());
  int done = 0;
  if (!context ||
      EVP_EncryptInit_ex2(context.get(), cipher_.get(), key->secret.Reveal().data(), nonce.data(),
                          nullptr) != 1 ||
      !FeedRow(context.get(), head, row) ||
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
  const size_t head =
      sealed.empty() ? 0 : sealed[0] == kVersion ? 1 + kIdSize : sealed[0] == kVersionWithoutId ? 1 : 0;
  const size_t overhead = head + kNonceSize + kTagSize;
  if (head == 0 || sealed.size() < overhead || sealed.size() > overhead + kMaxSecret) return Corrupt();
  for (const KeyPtr& key : Opening(sealed.subspan(1, head - 1))) {
    auto opened = OpenWith(*key, row, sealed.first(head), sealed.subspan(head, kNonceSize),
                           sealed.subspan(head + kNonceSize));
    if (opened.ok() || opened.error().code != Code::kCorrupt) return opened;
  }
  return Corrupt();
}

Result<SecretBytes> AesGcmSealer::OpenWith(const Key& key, std::string_view row, ByteView head,
                                           ByteView nonce, ByteView rest) const {
  const ByteView text = rest.first(rest.size() - kTagSize);
  uint8_t tag[kTagSize];
  std::copy_n(rest.end() - kTagSize, kTagSize, tag);
  SecretBytes secret(text.size());
  const CipherContext context(EVP_CIPHER_CTX_new());
  int done = 0;
  if (!context ||
      EVP_DecryptInit_ex2(context.get(), cipher_.get(), key.secret.Reveal().data(), nonce.data(),
                          nullptr) != 1 ||
      !FeedRow(context.get(), head, row) ||
      EVP_DecryptUpdate(context.get(), secret.RevealMutable().data(), &done, text.data(),
                        static_cast<int>(text.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag) != 1) {
    return OsslFailed("open a secret");
  }
  uint8_t none[1];
  if (EVP_DecryptFinal_ex(context.get(), none, &done) != 1) {
    OsslFailed("open a secret");
    return Corrupt();
  }
  return secret;
}

}  // namespace fob::crypto
