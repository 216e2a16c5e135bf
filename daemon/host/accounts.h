#pragma once

#include <grp.h>

#include <string>

#include "base/result.h"
#include "daemon/core/ports/host.h"

namespace fob::host {

// Where accounts come from; may block for as long as NSS does.
class Accounts {
 public:
  virtual ~Accounts() = default;
  using Groups = core::Host::Groups;
  virtual Result<core::Account> ByName(const std::string& name, Groups groups) const = 0;
  virtual Result<core::Account> ByUid(uint32_t uid, Groups groups) const = 0;
};

// How groups are asked for: the C library's functions, or a test's.
struct GroupCalls {
  int (*by_gid)(gid_t, group*, char*, size_t, group**) = &::getgrgid_r;
  int (*list)(const char*, gid_t, gid_t*, int*) = &::getgrouplist;
};

// NSS: canonical name, uid, gid, names of all groups. kNotFound/"no_account" when NSS says that there is
// none; kUnavailable/"nss" when it cannot tell (I13). A gid that NSS knows no group of has no name here;
// one that it cannot look up fails the account, since a rule by group would silently not match (I1).
class NssAccounts final : public Accounts {
 public:
  explicit NssAccounts(GroupCalls calls = {}) : calls_(calls) {}
  Result<core::Account> ByName(const std::string& name, Groups groups = Groups::kLookUp) const override;
  Result<core::Account> ByUid(uint32_t uid, Groups groups = Groups::kLookUp) const override;

 private:
  GroupCalls calls_;
};

}  // namespace fob::host
