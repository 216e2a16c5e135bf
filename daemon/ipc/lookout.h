#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace fob::ipc {

// Whether the loop, with nothing to do, looks out for a moment before it sleeps. What comes next comes soon: the
// outcome of what it has handed out, or the answer to what it has just said. To be woken for it takes as long
// again, above all where a processor that idles has to be given back by a hypervisor. What is spent on it in
// vain is a small share of the time.
class Lookout {
 public:
  using Clock = std::chrono::steady_clock;

  // Something was there to be done.
  void Seen() { since_ = Clock::now(); }
  // Nothing is: to look again, or to sleep.
  bool Goes() {
    if (!may_) return false;
    const auto spent = Clock::now() - since_;
    if (spent < kLongest) return true;
    credit_ -= spent;
    return false;
  }
  // After a sleep.
  void Woken() {
    const auto now = Clock::now();
    credit_ = std::min<Clock::duration>(credit_ + (now - since_) / kShare, kMostCredit);
    since_ = now;
    may_ = several_ && credit_ > kLongest;
  }

 private:
  static constexpr std::chrono::microseconds kLongest{100};
  static constexpr int kShare = 20;  // one part of so many
  static constexpr std::chrono::milliseconds kMostCredit{2};

  const bool several_ = std::thread::hardware_concurrency() > 1;  // else it would keep others from their work
  Clock::time_point since_ = Clock::now();
  Clock::duration credit_{};
  bool may_ = false;
};

}  // namespace fob::ipc
