#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

// systemd, where it started us; without it these do nothing.
namespace fob::web {

// The listening sockets that were passed (sd_listen_fds(3)), close-on-exec and not blocking. A name that ends in "tls"
// (FileDescriptorName=) asks for TLS. kInvalidArgument/"bad_activation" when one is no listening stream socket. Call it once.
struct PassedSocket {
  UniqueFd fd;
  std::string name;
};
Result<std::vector<PassedSocket>> TakeListenSockets();

void NotifyReady(std::string_view status);
void NotifyReloading(std::string_view status);  // and ready again
void NotifyStopping();
// How often NotifyWatchdog is expected, halved for safety; 0: not at all.
int64_t WatchdogIntervalMs();
void NotifyWatchdog();

// As many descriptors as the hard limit allows, 65536 at most.
void RaiseDescriptorLimit();

}  // namespace fob::web
