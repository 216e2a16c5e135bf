#include "daemon/key_file.h"

#include <cstdlib>
#include <filesystem>

namespace fob {

Result<std::unique_ptr<crypto::MasterKeyring>> OpenMasterKey(const core::Settings& settings) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  const std::string credential = folder == nullptr ? "" : std::string(folder) + "/fob.master-key";
  const bool handed = folder != nullptr && std::filesystem::exists(credential);
  return crypto::MasterKeyring::Open(handed ? credential : settings.master_key, handed);
}

}  // namespace fob
