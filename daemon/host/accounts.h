#pragma once

#include <string>

#include "base/result.h"
#include "daemon/core/records.h"

namespace fob::host {

// Where accounts come from; may block for as long as NSS does.
class Accounts {
 public:
  virtual ~Accounts() = default;
  virtual Result<core::Account> ByName(const std::string& name) const = 0;
  virtual Result<core::Account> ByUid(uint32_t uid) const = 0;
};

// NSS: canonical name, uid, gid, names of all groups. kNotFound/"no_account" when NSS says that there is
// none; kUnavailable/"nss" when it cannot tell (I13).
class NssAccounts final : public Accounts {
 public:
  Result<core::Account> ByName(const std::string& name) const override;
  Result<core::Account> ByUid(uint32_t uid) const override;
};

}  // namespace fob::host
