#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace fob::worker {

// The start of every build of the worker: forbids core dumps and tracing, finds the socket to fobd
// and empties the environment. The socket is systemd's descriptor 3 when LISTEN_FDS and LISTEN_PID
// say so (Accept=yes), else standard input; it is a connected AF_UNIX stream, made close-on-exec.
// kInvalidArgument/"no_socket" otherwise.
Result<UniqueFd> TakeSocket();

// From a thread of its own: ends this process 200 ms after the other side of the socket has gone, whatever it is busy
// with. fobd cannot kill a worker of another uid. To be called after the process has locked itself.
void EndWithConnection(const UniqueFd& socket);

}  // namespace fob::worker
