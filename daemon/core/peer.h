#pragma once

#include <cstdint>

namespace fob::core {

// Who called, by the kernel's word (SO_PEERCRED), never by its own.
struct Peer {
  uint32_t uid = 0xffffffff;
  uint32_t gid = 0xffffffff;
  int32_t pid = 0;
  uint64_t start_time = 0;  // of pid, or what else tells it from others of that number; 0: unknown
};

}  // namespace fob::core
