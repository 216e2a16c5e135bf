#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace fob::core {

// The master keys in their files, and the sealer that uses them.
class MasterKeys {
 public:
  struct Files {
    std::string id;
    std::optional<std::string> next_id;  // of PATH.new, when it stands there
  };
  virtual ~MasterKeys() = default;
  virtual const std::string& Path() const = 0;
  virtual bool IsCredential() const = 0;  // systemd's: nobody but its maker can change it

  // Reads the files anew; what they hold opens secrets from now on.
  virtual Result<Files> Look() = 0;
  virtual Status SealWith(const std::string& id) = 0;
  virtual void ForgetOthers() = 0;  // than the one that seals
  virtual Result<SecretBytes> Read() const = 0;  // the key itself, for a backup that is to hold it
};

}  // namespace fob::core
