#include "daemon/host/account_uid.h"

#include <pwd.h>
#include <unistd.h>

#include <vector>

namespace fob::host {

std::optional<uint32_t> UidOf(const char* account) {
  std::vector<char> room(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(account, &entry, room.data(), room.size(), &found) != 0 || found == nullptr) return std::nullopt;
  return found->pw_uid;
}

}  // namespace fob::host
