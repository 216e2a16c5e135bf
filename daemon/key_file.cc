#include "daemon/key_file.h"

#include <cstdlib>
#include <filesystem>

namespace fob {

MasterKeyFile FindMasterKey(const core::Settings& settings) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  const std::string credential = folder == nullptr ? "" : std::string(folder) + "/fob.master-key";
  const bool handed = folder != nullptr && std::filesystem::exists(credential);
  return {handed ? credential : settings.master_key, handed};
}

Result<std::unique_ptr<crypto::MasterKeyring>> OpenMasterKey(const core::Settings& settings) {
  const MasterKeyFile file = FindMasterKey(settings);
  return crypto::MasterKeyring::Open(file.path, file.handed);
}

}  // namespace fob
