#include "daemon/crypto/master_keyring.h"

#include "daemon/crypto/master_key.h"

namespace fob::crypto {

Result<std::unique_ptr<MasterKeyring>> MasterKeyring::Open(const std::string& path,
                                                           bool credential) {
  FOB_TRY(const SecretBytes key, LoadMasterKey(path));
  FOB_TRY(auto sealer, AesGcmSealer::Create(key));
  return std::unique_ptr<MasterKeyring>(new MasterKeyring(path, credential, std::move(sealer)));
}

Result<core::MasterKeys::Files> MasterKeyring::Look() {
  Files files;
  FOB_TRY(const SecretBytes key, LoadMasterKey(path_));
  FOB_TRY(files.id, AesGcmSealer::IdOf(key));
  FOB_CHECK(sealer_->Learn(key));
  auto next = LoadMasterKey(path_ + ".new");
  if (!next.ok() && next.error().code == Code::kNotFound) return files;
  if (!next.ok()) return next.error();
  FOB_TRY(files.next_id, AesGcmSealer::IdOf(*next));
  FOB_CHECK(sealer_->Learn(*next));
  return files;
}

Result<SecretBytes> MasterKeyring::Read() const { return LoadMasterKey(path_); }

}  // namespace fob::crypto
