#pragma once

#include <memory>
#include <string>

#include "daemon/core/ports/audit_signer.h"
#include "daemon/core/records.h"
#include "daemon/crypto/signing_key.h"

namespace fob::crypto {

// The key that signs heads and checkpoints of the audit trail: ES256, a signature is r || s. For one
// thread at a time.
class AuditKey final : public core::AuditSigner {
 public:
  static Result<core::SigningKeyRecord> Generate(int64_t now);
  static Result<std::unique_ptr<AuditKey>> Open(const core::SigningKeyRecord& record);  // kCorrupt

  Result<Bytes> Sign(ByteView statement) override;
  bool Verify(ByteView statement, ByteView signature) const override;
  std::string KeyId() const override { return kid_; }
  std::string PublicKey() const override;

 private:
  AuditKey(std::string kid, std::unique_ptr<SigningKey> key)
      : kid_(std::move(kid)), key_(std::move(key)) {}

  std::string kid_;
  std::unique_ptr<SigningKey> key_;
};

}  // namespace fob::crypto
