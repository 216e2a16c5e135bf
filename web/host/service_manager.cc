#include "web/host/service_manager.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace fob::web {

Result<std::vector<PassedSocket>> TakeListenSockets() {
  const auto bad = [](const std::string& what) {
    return MakeError(Code::kInvalidArgument, "bad_activation", "socket activation: " + what);
  };
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &names);
  if (count < 0) return bad(std::strerror(-count));
  std::vector<PassedSocket> passed;
  for (int i = 0; i < count; ++i) {
    passed.push_back({UniqueFd(SD_LISTEN_FDS_START + i), names != nullptr && names[i] != nullptr ? names[i] : ""});
    if (names != nullptr) std::free(names[i]);
  }
  std::free(names);
  for (const PassedSocket& socket : passed) {
    if (::sd_is_socket(socket.fd.get(), AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
      return bad("descriptor \"" + socket.name + "\" is no listening stream socket");
    }
    const int flags = ::fcntl(socket.fd.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket.fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) return bad(std::strerror(errno));
  }
  return passed;
}

void RaiseDescriptorLimit() {
  constexpr rlim_t kMost = 65'536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kMost));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace fob::web
