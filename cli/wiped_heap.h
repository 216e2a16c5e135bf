#pragma once

namespace fob::cli {

// While it lives, what this thread frees is wiped first: for a library that copies secrets and merely frees its copies.
class WipedHeap {
 public:
  WipedHeap();
  ~WipedHeap();
  WipedHeap(const WipedHeap&) = delete;
  WipedHeap& operator=(const WipedHeap&) = delete;
};

}  // namespace fob::cli
