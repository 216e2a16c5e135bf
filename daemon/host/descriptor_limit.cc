#include "daemon/host/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace fob::host {

void RaiseDescriptorLimit() {
  constexpr rlim_t kMost = 65536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kMost));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace fob::host
