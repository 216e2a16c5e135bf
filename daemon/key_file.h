#pragma once

#include <memory>
#include <string>

#include "daemon/core/settings.h"
#include "daemon/crypto/master_keyring.h"

namespace fob {

// systemd hands the master key over in a folder of its own; elsewhere it is a file.
struct MasterKeyFile {
  std::string path;
  bool handed = false;  // by systemd
};
MasterKeyFile FindMasterKey(const core::Settings& settings);

Result<std::unique_ptr<crypto::MasterKeyring>> OpenMasterKey(const core::Settings& settings);

}  // namespace fob
