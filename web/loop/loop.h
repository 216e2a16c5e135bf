#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/unique_function.h"

namespace boost::asio {
class io_context;
}

namespace fob::web {

// Tells when a descriptor is ready. It does not own it, and must go before it is closed; what is destroyed calls
// nothing any more. One waiting call a direction.
class Watch {
 public:
  virtual ~Watch() = default;
  virtual void WhenReadable(UniqueFunction<void()> ready) = 0;
  virtual void WhenWritable(UniqueFunction<void()> ready) = 0;
};

// Runs out once, unless it is destroyed before.
class Timer {
 public:
  virtual ~Timer() = default;
};

// The event loop: one thread, which all of the gateway runs on.
class Loop {
 public:
  Loop();
  ~Loop();

  // Until Stop(). `on_signal` hears of each of `signals`.
  void Run(const std::vector<int>& signals, UniqueFunction<void(int)> on_signal);
  void Stop();

  void Post(UniqueFunction<void()> work);  // from the loop's own thread
  std::unique_ptr<Timer> After(int64_t ms, UniqueFunction<void()> expired);
  std::unique_ptr<Watch> WatchOver(int fd);

 private:
  std::unique_ptr<boost::asio::io_context> context_;
};

}  // namespace fob::web
