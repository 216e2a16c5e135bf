#include "daemon/crypto/signing_key.h"

#include "base/encoding.h"
#include "daemon/crypto/eddsa_key.h"
#include "daemon/crypto/es256_key.h"
#include "daemon/crypto/rs256_key.h"
#include "daemon/crypto/sha256_hasher.h"

namespace fob::crypto {
namespace {

Result<SecretBytes> Generate(core::SigningAlgorithm algorithm, const std::stop_token& stop) {
  switch (algorithm) {
    case core::SigningAlgorithm::kEs256: return Es256Key::Generate();
    case core::SigningAlgorithm::kEdDsa: return EdDsaKey::Generate();
    case core::SigningAlgorithm::kRs256: return Rs256Key::Generate(stop);
  }
  return MakeError(Code::kInvalidArgument, "signing_key", "an unknown signing algorithm");
}

Result<std::unique_ptr<SigningKey>> Open(const core::SigningKeyRecord& record) {
  switch (record.algorithm) {
    case core::SigningAlgorithm::kEs256: return Es256Key::Open(record.private_key);
    case core::SigningAlgorithm::kEdDsa: return EdDsaKey::Open(record.private_key);
    case core::SigningAlgorithm::kRs256: return Rs256Key::Open(record.private_key);
  }
  return MakeError(Code::kCorrupt, "signing_key", "a signing key of an unknown algorithm");
}

}  // namespace

Result<std::unique_ptr<SigningKey>> OpenSigningKey(const core::SigningKeyRecord& record) {
  FOB_TRY(auto key, Open(record));
  if (Thumbprint(key->PublicMembers()) != record.kid)
    return MakeError(Code::kCorrupt, "signing_key",
                     "signing key " + record.kid + " is not its own");
  return key;
}

Result<core::SigningKeyRecord> GenerateSigningKey(core::SigningAlgorithm algorithm, int64_t now,
                                                  const std::stop_token& stop) {
  core::SigningKeyRecord record;
  record.algorithm = algorithm;
  record.created_at = now;
  FOB_TRY(record.private_key, Generate(algorithm, stop));
  FOB_TRY(const auto key, Open(record));
  record.kid = Thumbprint(key->PublicMembers());
  return record;
}

std::string Thumbprint(std::string_view public_members) {
  const std::string json = "{" + std::string(public_members) + "}";
  return Base64UrlEncode(Sha256Hasher().Sha256(AsBytes(json)));
}

}  // namespace fob::crypto
