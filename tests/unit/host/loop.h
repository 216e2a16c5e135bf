#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "daemon/host/worker_pool.h"

namespace fob::host {

// Stands in for the core's event loop: runs what was posted, on the test's thread.
class Loop {
 public:
  Post post() {
    return [this](UniqueFunction<void()> call) {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
      ready_.notify_one();
    };
  }

  // Runs the next `count` calls; false when they do not come within ten seconds.
  bool RunNext(int count = 1) {
    for (int i = 0; i < count; ++i) {
      std::unique_lock lock(mutex_);
      if (!ready_.wait_for(lock, std::chrono::seconds(10), [&] { return !calls_.empty(); })) return false;
      UniqueFunction<void()> call = std::move(calls_.front());
      calls_.pop_front();
      lock.unlock();
      call();
    }
    return true;
  }

  bool empty() {
    const std::lock_guard lock(mutex_);
    return calls_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<UniqueFunction<void()>> calls_;
};

// A door that calls wait at until the test opens it.
class Door {
 public:
  ~Door() { Open(); }
  void Pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  bool AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

}  // namespace fob::host
