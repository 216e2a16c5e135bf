#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace fob {

// Whose the state folder is. Root works there as its owner, so that all in it stays the daemon's.
struct StateOwner {
  uid_t uid = 0;
  gid_t gid = 0;

  // Of a folder; root where there is none.
  static StateOwner Of(const std::string& folder);

  // For good, when we are root; nothing is done else. While there is one thread. kNotPermitted.
  Status Become() const;
};

// For a while, when we are root. While there is one thread.
class AsOwner {
 public:
  explicit AsOwner(const StateOwner& owner);
  ~AsOwner();
  AsOwner(const AsOwner&) = delete;
  AsOwner& operator=(const AsOwner&) = delete;

 private:
  bool switched_ = false;
};

}  // namespace fob
