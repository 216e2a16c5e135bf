#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "web/http/transport.h"

namespace fob::web {

// Where HTTP is spoken. `wrap` makes the bytes of a connection out of its descriptor: plain, or TLS.
struct Listener {
  UniqueFd socket;  // listening, does not block
  std::string name;  // as configured, for messages
  bool secure = false;
  std::function<std::unique_ptr<Transport>(int fd)> wrap;
};

// Whether BindTcp can read it: "127.0.0.1:8080" or "[::1]:8080". kInvalidArgument.
Status CheckAddress(const std::string& address);
// Binds such an address, or the path of a Unix socket, whose permissions are `mode`. kInvalidArgument, kConflict (somebody
// serves it), kUnavailable.
Result<UniqueFd> BindTcp(const std::string& address);
Result<UniqueFd> BindUnix(const std::string& path, unsigned mode);

// The peer of a connection: an IP address in text, or "unix".
std::string PeerAddress(int fd);

}  // namespace fob::web
