#pragma once

#include <memory>

#include "daemon/core/settings.h"
#include "daemon/crypto/master_keyring.h"

namespace fob {

// systemd hands the master key over in a folder of its own; elsewhere it is a file.
Result<std::unique_ptr<crypto::MasterKeyring>> OpenMasterKey(const core::Settings& settings);

}  // namespace fob
