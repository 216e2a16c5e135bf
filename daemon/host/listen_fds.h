#pragma once

#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"

namespace fob::host {

// The listening socket that systemd passed (sd_listen_fds(3)), close-on-exec; nothing when it passed none.
// kInvalidArgument/"bad_activation" when it passed several, or one that is not a listening AF_UNIX stream.
// Removes LISTEN_* from the environment, so that call it once, before any thread starts.
Result<std::optional<UniqueFd>> TakeListenSocket();

}  // namespace fob::host
