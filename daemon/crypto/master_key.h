#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace fob::crypto {

// Reads the 32 bytes that everything at rest is sealed under. The file must be a regular file (no
// symbolic link) of our own uid or root's, of exactly 32 bytes, that nobody else may read or write.
// kNotFound; kNotPermitted "master_key_exposed"; kInvalidArgument; kUnavailable.
Result<SecretBytes> LoadMasterKey(const std::string& path);

}  // namespace fob::crypto
