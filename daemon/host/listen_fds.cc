#include "daemon/host/listen_fds.h"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstring>
#include <vector>

namespace fob::host {
namespace {

Error BadActivation(const std::string& what) {
  return MakeError(Code::kInvalidArgument, "bad_activation", "socket activation: " + what);
}

}  // namespace

Result<std::optional<UniqueFd>> TakeListenSocket() {
  const int count = ::sd_listen_fds(1);
  if (count < 0) return BadActivation(std::strerror(-count));
  if (count == 0) return std::optional<UniqueFd>();
  std::vector<UniqueFd> passed;
  for (int i = 0; i < count; ++i) passed.emplace_back(SD_LISTEN_FDS_START + i);
  if (count > 1) return BadActivation("one socket is expected, and there are " + std::to_string(count));
  if (::sd_is_socket(passed.front().get(), AF_UNIX, SOCK_STREAM, 1) <= 0) {
    return BadActivation("the descriptor is not a listening Unix stream socket");
  }
  return std::optional<UniqueFd>(std::move(passed.front()));
}

}  // namespace fob::host
