#pragma once

#include <memory>
#include <string>

#include "daemon/core/ports/master_keys.h"
#include "daemon/crypto/aes_gcm_sealer.h"

namespace fob::crypto {

// The master key in its file, and beside it as PATH.new the one that it is to be changed to.
class MasterKeyring final : public core::MasterKeys {
 public:
  // As LoadMasterKey; the text names the file.
  static Result<std::unique_ptr<MasterKeyring>> Open(const std::string& path, bool credential);

  const AesGcmSealer& sealer() const { return *sealer_; }

  const std::string& Path() const override { return path_; }
  bool IsCredential() const override { return credential_; }
  Result<Files> Look() override;
  Status SealWith(const std::string& id) override { return sealer_->SealWith(id); }
  void ForgetOthers() override { sealer_->Forget(); }
  Result<SecretBytes> Read() const override;

 private:
  MasterKeyring(std::string path, bool credential, std::unique_ptr<AesGcmSealer> sealer)
      : path_(std::move(path)), credential_(credential), sealer_(std::move(sealer)) {}

  const std::string path_;
  const bool credential_;
  const std::unique_ptr<AesGcmSealer> sealer_;
};

}  // namespace fob::crypto
