#include "daemon/ipc/loop.h"

#include <sys/eventfd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/ipc/timer_queue.h"

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

using Works = std::vector<UniqueFunction<void()>>;

constexpr int kMostRounds = 16;  // of what a turn leaves to its own end, before others have theirs

void RunAll(Works works) {
  for (UniqueFunction<void()>& work : works) std::exchange(work, {})();
}

}  // namespace

// What other threads post. Asio's own queue wakes the loop while it holds its lock, which the loop wants
// first of all: on one core that is two more switches for each answer.
struct Loop::Inbox {
  explicit Inbox(asio::io_context& context) : wake(context, ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  void Put(UniqueFunction<void()> work) {
    bool first = false;
    {
      const std::lock_guard lock(mutex);
      first = waiting.empty();
      waiting.push_back(std::move(work));
    }
    if (first) ::eventfd_write(wake.native_handle(), 1);
  }

  Works TakeAll() {
    const std::lock_guard lock(mutex);
    return std::exchange(waiting, {});
  }

  void Watch(Loop& loop) {
    wake.async_wait(asio::posix::descriptor_base::wait_read, [this, &loop](const auto& failed) {
      if (failed) return;
      eventfd_t count = 0;
      ::eventfd_read(wake.native_handle(), &count);
      Watch(loop);
      const Turn turn(loop);
      RunAll(TakeAll());
    });
  }

  std::mutex mutex;
  Works waiting;
  asio::posix::stream_descriptor wake;
};

struct Loop::Baton {
  std::mutex mutex;
  std::atomic<std::thread::id> holder;
  // The holder's own.
  bool running = false;
  Works brought;
  Works last;

  bool IsMine() const { return holder.load(std::memory_order_relaxed) == std::this_thread::get_id(); }
};

Loop::Loop()
    : context_(std::make_unique<asio::io_context>(1)),
      inbox_(std::make_unique<Inbox>(*context_)),
      baton_(std::make_unique<Baton>()),
      timers_(std::make_unique<TimerQueue>(*this)) {
  inbox_->Watch(*this);
}
Loop::~Loop() = default;

Loop::Turn::Turn(Loop& loop) : loop_(loop) {
  loop.baton_->mutex.lock();
  loop.baton_->holder = std::this_thread::get_id();
}
Loop::Turn::~Turn() { loop_.EndTurn(); }

void Loop::EndTurn() {
  Baton& baton = *baton_;
  for (int round = 0; !baton.brought.empty() || !baton.last.empty(); ++round) {
    if (round >= kMostRounds) {
      for (UniqueFunction<void()>& work : std::exchange(baton.brought, {})) inbox_->Put(std::move(work));
    }
    RunAll(std::exchange(baton.brought, {}));
    if (baton.brought.empty()) RunAll(std::exchange(baton.last, {}));
  }
  baton.holder = std::thread::id();
  baton.mutex.unlock();
}

void Loop::Run(UniqueFunction<void(int)> on_end, UniqueFunction<void()> on_hangup) {
  const auto may_run = [this](bool may) {
    const Turn turn(*this);
    baton_->running = may;
  };
  may_run(true);
  const auto work = asio::make_work_guard(*context_);
  asio::signal_set signals(*context_, SIGTERM, SIGINT, SIGHUP);
  const std::function<void()> wait = [&] {
    signals.async_wait([&](const auto& failed, int signal) {
      if (failed) return;
      {
        const Turn turn(*this);
        if (signal == SIGHUP) {
          on_hangup();
        } else {
          on_end(signal);
          Stop();
        }
      }
      if (signal == SIGHUP) wait();
    });
  };
  wait();
  context_->run();
  may_run(false);
  timers_->Drop();
}

void Loop::Stop() { context_->stop(); }

void Loop::Post(UniqueFunction<void()> work) { inbox_->Put(std::move(work)); }

void Loop::Bring(UniqueFunction<void()> work) {
  Baton& baton = *baton_;
  if (baton.IsMine()) return baton.brought.push_back(std::move(work));
  if (!baton.mutex.try_lock()) return Post(std::move(work));
  baton.holder = std::this_thread::get_id();
  if (baton.running) {
    RunAll(inbox_->TakeAll());
    std::exchange(work, {})();
  }
  EndTurn();
  if (work) Post(std::move(work));
}

void Loop::AtTurnsEnd(UniqueFunction<void()> work) { baton_->last.push_back(std::move(work)); }

std::unique_ptr<core::Timers::Handle> Loop::After(int64_t ms, UniqueFunction<void()> expired) {
  return timers_->After(ms, std::move(expired));
}

}  // namespace fob::ipc
