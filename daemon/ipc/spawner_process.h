#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace fob::ipc {

// The line between WorkerSpawner and its process, a SOCK_SEQPACKET socket. One message asks: it
// carries a socket. One message answers: an errno, and with 0 a pidfd.
struct SpawnMessage {
  int error = 0;
  UniqueFd fd;
};
bool SendSpawnMessage(int line, int error, int fd);
// nullopt: the other side is gone, or interrupted (errno EINTR).
std::optional<SpawnMessage> ReceiveSpawnMessage(int line);

// The child's part: runs `command` for each socket until end-of-file, and reaps what has ended.
[[noreturn]] void ServeSpawns(int line, const std::vector<std::string>& command);

}  // namespace fob::ipc
