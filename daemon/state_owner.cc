#include "daemon/state_owner.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace fob {

StateOwner StateOwner::Of(const std::string& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return {};
  return {info.st_uid, info.st_gid};
}

Status StateOwner::Become() const {
  if (::geteuid() != 0 || uid == 0) return Ok();
  if (::setgroups(0, nullptr) == 0 && ::setresgid(gid, gid, gid) == 0 && ::setresuid(uid, uid, uid) == 0) return Ok();
  return MakeError(Code::kNotPermitted, "state_owner",
                   "cannot become uid " + std::to_string(uid) + ", which the state folder belongs to: " +
                       std::generic_category().message(errno));
}

AsOwner::AsOwner(const StateOwner& owner) {
  if (::geteuid() != 0 || owner.uid == 0) return;
  switched_ = ::setegid(owner.gid) == 0 && ::seteuid(owner.uid) == 0;
}

AsOwner::~AsOwner() {
  if (!switched_ || (::seteuid(0) == 0 && ::setegid(0) == 0)) return;
  ::_exit(1);
}

}  // namespace fob
