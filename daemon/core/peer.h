#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace fob::core {

// For whom the gateway of web logins calls: the user of a browser that is signed in, as fobd found it.
struct BrowserUser {
  uint32_t gateway_uid = 0;
  std::string login;       // that the browser is signed in as
  std::string proved_by;   // key or otp of that login
  int64_t verified_at = 0; // by the clock that never runs back
};

// Who called, by the kernel's word (SO_PEERCRED), never by its own. Through a browser it is that browser's user,
// who has that uid's own rights here and no others: not even where the uid is trusted.
struct Peer {
  uint32_t uid = 0xffffffff;
  uint32_t gid = 0xffffffff;
  int32_t pid = 0;
  uint64_t start_time = 0;  // of pid, or what else tells it from others of that number; 0: unknown
  std::shared_ptr<const BrowserUser> browser = nullptr;
};

}  // namespace fob::core
