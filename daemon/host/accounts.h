#pragma once

#include <grp.h>

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
  explicit NssAccounts(GroupCalls groups = {}) : groups_(groups) {}
  Result<core::Account> ByName(const std::string& name) const override;
  Result<core::Account> ByUid(uint32_t uid) const override;

 private:
  GroupCalls groups_;
};

}  // namespace fob::host
