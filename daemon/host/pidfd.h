#pragma once

#include <cstdint>
#include <optional>

#include "daemon/host/proc_text.h"

namespace fob::host {

// A process as its pidfd tells of it, in a few microseconds: /proc/PID/stat and status take dozens.
struct PidfdFacts {
  uint64_t number = 0;  // no other process has or had it since the boot
  ProcessUids uids;
};

// Nothing: there is no such process, or it was waited for.
std::optional<PidfdFacts> PidfdOf(int32_t pid);

// Whether it can be asked at all: of Linux 6.13 and later.
bool KernelTellsOfPidfds();

}  // namespace fob::host
