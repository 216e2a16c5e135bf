#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "daemon/core/ports/timers.h"

namespace fob::ipc {

class Loop;

// All timers of a loop behind one of the system's. Most never expire: to set one that is not the next, or to cancel
// one, is no more than a look into a map. One that was cancelled may still wake the loop once, for nothing.
class TimerQueue {
 public:
  explicit TimerQueue(Loop& loop);

  std::unique_ptr<core::Timers::Handle> After(int64_t ms, UniqueFunction<void()> expired);
  // Cancels all, while what they hold still has what it needs to end.
  void Drop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Key = std::pair<Time, uint64_t>;
  using Waiting = std::map<Key, UniqueFunction<void()>>;
  class Entry;

  void Arm(Time when);
  void Expire();

  Loop& loop_;
  boost::asio::steady_timer timer_;
  Time armed_ = Time::max();
  uint64_t next_ = 0;
  std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();  // handles may outlive the queue
};

}  // namespace fob::ipc
