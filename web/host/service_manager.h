#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

// What the service manager gives and allows.
namespace fob::web {

// The listening sockets that were passed (sd_listen_fds(3)), close-on-exec and not blocking. A name that ends in "tls"
// (FileDescriptorName=) asks for TLS. kInvalidArgument/"bad_activation" when one is no listening stream socket. Call it once.
struct PassedSocket {
  UniqueFd fd;
  std::string name;
};
Result<std::vector<PassedSocket>> TakeListenSockets();

// As many descriptors as the hard limit allows, 65536 at most.
void RaiseDescriptorLimit();

}  // namespace fob::web
