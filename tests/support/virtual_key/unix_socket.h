#pragma once

#include <optional>

#include "base/unique_fd.h"
#include "tests/support/virtual_key/bytes.h"

// SOCK_SEQPACKET over AF_UNIX: one packet is one report, or one control command. Failures throw
// std::runtime_error unless said otherwise.
namespace fob::testing {

// Mode 0600. The path appears only when connecting to it works; one left by a dead process is
// replaced, a live one is an error.
UniqueFd ListenAt(const std::string& path);

// Invalid when nobody listens there.
UniqueFd ConnectTo(const std::string& path);

// One packet without waiting. nullopt: none there. Empty: the peer is gone.
std::optional<Bytes> ReceivePacket(int fd);

// False when the peer is gone or too slow to take it; never waits.
bool SendPacket(int fd, ByteView packet);

}  // namespace fob::testing
