#include "daemon/crypto/signing_key.h"

#include "base/encoding.h"
#include "daemon/crypto/es256_key.h"
#include "daemon/crypto/sha256_hasher.h"

namespace fob::crypto {

Result<std::unique_ptr<SigningKey>> OpenSigningKey(const core::SigningKeyRecord& record) {
  std::unique_ptr<SigningKey> key;
  switch (record.algorithm) {
    case core::SigningAlgorithm::kEs256: {
      FOB_TRY(key, Es256Key::Open(record.private_key));
      break;
    }
  }
  if (!key)
    return MakeError(Code::kCorrupt, "signing_key", "a signing key of an unknown algorithm");
  FOB_TRY(const std::string kid, Thumbprint(*key));
  if (kid != record.kid)
    return MakeError(Code::kCorrupt, "signing_key",
                     "signing key " + record.kid + " is not its own");
  return key;
}

Result<core::SigningKeyRecord> GenerateSigningKey(core::SigningAlgorithm algorithm, int64_t now) {
  core::SigningKeyRecord record;
  record.algorithm = algorithm;
  record.created_at = now;
  std::unique_ptr<SigningKey> key;
  switch (algorithm) {
    case core::SigningAlgorithm::kEs256: {
      FOB_TRY(record.private_key, Es256Key::Generate());
      FOB_TRY(key, Es256Key::Open(record.private_key));
      break;
    }
  }
  if (!key) return MakeError(Code::kInvalidArgument, "signing_key", "an unknown signing algorithm");
  FOB_TRY(record.kid, Thumbprint(*key));
  return record;
}

Result<std::string> Thumbprint(const SigningKey& key) {
  const std::string json = "{" + key.PublicMembers() + "}";
  return Base64UrlEncode(Sha256Hasher().Sha256(AsBytes(json)));
}

}  // namespace fob::crypto
