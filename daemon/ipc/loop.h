#pragma once

#include <memory>

#include "base/unique_function.h"
#include "daemon/core/ports/timers.h"

namespace boost::asio {
class io_context;
}

namespace fob::ipc {

// The event loop: one thread, which the whole core runs on.
class Loop final : public core::Timers {
 public:
  Loop();
  ~Loop() override;

  // Until Stop(), or SIGTERM or SIGINT, which `on_end` hears of first. `on_hangup` hears of each SIGHUP.
  void Run(UniqueFunction<void(int)> on_end, UniqueFunction<void()> on_hangup);
  void Stop();

  // From any thread: runs `work` on the loop, in the order of the calls.
  void Post(UniqueFunction<void()> work);
  std::unique_ptr<Handle> After(int64_t ms, UniqueFunction<void()> expired) override;

  boost::asio::io_context& context() { return *context_; }

 private:
  struct Inbox;

  std::unique_ptr<boost::asio::io_context> context_;
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace fob::ipc
