#pragma once

#include <memory>

#include "base/unique_function.h"
#include "daemon/core/ports/timers.h"

namespace boost::asio {
class io_context;
}

namespace fob::ipc {

class TimerQueue;

// The event loop, which the whole core runs on. The core is nobody's at the same time as another's: whoever runs
// it has its turn. That is the loop's thread, for what comes from outside; but a thread that has worked for
// the core may bring the outcome in itself, when nobody else has the turn, and spare it a way through
// the loop's thread, which sleeps.
class Loop final : public core::Timers {
 public:
  Loop();
  ~Loop() override;

  // Alone with the core, as long as it lives. Every handler of Asio's that reaches the core begins with one, and
  // lets go of what it holds before that ends. Not within another one.
  class Turn {
   public:
    explicit Turn(Loop& loop);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Loop& loop_;
  };

  // Until Stop(), or SIGTERM or SIGINT, which `on_signal` hears of first. Nobody has a turn afterwards.
  void Run(UniqueFunction<void(int)> on_signal);
  void Stop();

  // From any thread: runs `work` on the loop's thread.
  void Post(UniqueFunction<void()> work);
  // From any thread that holds no lock: has `work` run, here and now when nobody has the turn, else by the
  // loop's thread; when this thread itself has the turn, at its end. What one thread brings is run in its order.
  void Bring(UniqueFunction<void()> work);
  // Within a turn: runs `work` last of all that happens in it.
  void AtTurnsEnd(UniqueFunction<void()> work);
  std::unique_ptr<Handle> After(int64_t ms, UniqueFunction<void()> expired) override;

  boost::asio::io_context& context() { return *context_; }

 private:
  struct Inbox;
  struct Baton;

  void EndTurn();

  std::unique_ptr<boost::asio::io_context> context_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<Baton> baton_;
  std::unique_ptr<TimerQueue> timers_;
};

}  // namespace fob::ipc
