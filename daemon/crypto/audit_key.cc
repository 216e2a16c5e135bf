#include "daemon/crypto/audit_key.h"

namespace fob::crypto {

Result<core::SigningKeyRecord> AuditKey::Generate(int64_t now) {
  return GenerateSigningKey(core::SigningAlgorithm::kEs256, now);
}

Result<std::unique_ptr<AuditKey>> AuditKey::Open(const core::SigningKeyRecord& record) {
  FOB_TRY(auto key, OpenSigningKey(record));
  return std::unique_ptr<AuditKey>(new AuditKey(record.kid, std::move(key)));
}

Result<Bytes> AuditKey::Sign(ByteView statement) {
  Bytes signature(key_->SignatureSize());
  FOB_CHECK(key_->Sign(statement, signature));
  return signature;
}

bool AuditKey::Verify(ByteView statement, ByteView signature) const {
  return signature.size() == key_->SignatureSize() && key_->Verify(statement, signature);
}

std::string AuditKey::PublicKey() const {
  return "{\"alg\":\"" + std::string(key_->Alg()) + "\",\"kid\":\"" + kid_ + "\"," +
         key_->PublicMembers() + "}";
}

}  // namespace fob::crypto
