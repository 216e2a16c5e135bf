#pragma once

#include <atomic>
#include <functional>
#include <vector>

namespace fob::fido {

// Runs each of `works` on a thread of its own until all have returned. Readable interrupt_fd (-1:
// none) sets `stop`, which they watch. False: it was interrupted.
bool Together(const std::vector<std::function<void()>>& works, int interrupt_fd,
              std::atomic<bool>& stop);

}  // namespace fob::fido
