#include "daemon/ipc/loop.h"

#include <sys/eventfd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <functional>
#include <mutex>
#include <vector>

namespace fob::ipc {

namespace asio = boost::asio;

namespace {

class TimerHandle final : public core::Timers::Handle {
 public:
  TimerHandle(asio::io_context& context, int64_t ms, UniqueFunction<void()> expired)
      : timer_(context, std::chrono::milliseconds(ms)) {
    timer_.async_wait([alive = std::weak_ptr<int>(alive_), expired = std::move(expired)](const auto& failed) {
      if (!failed && !alive.expired()) expired();
    });
  }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // a wait that is already queued finds it gone
};

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

  void Watch() {
    wake.async_wait(asio::posix::descriptor_base::wait_read, [this](const auto& failed) {
      if (!failed) RunAll();
    });
  }

  void RunAll() {
    eventfd_t count = 0;
    ::eventfd_read(wake.native_handle(), &count);
    Watch();
    std::vector<UniqueFunction<void()>> now;
    {
      const std::lock_guard lock(mutex);
      now.swap(waiting);
    }
    for (UniqueFunction<void()>& work : now) std::exchange(work, {})();
  }

  std::mutex mutex;
  std::vector<UniqueFunction<void()>> waiting;
  asio::posix::stream_descriptor wake;
};

Loop::Loop() : context_(std::make_unique<asio::io_context>(1)), inbox_(std::make_unique<Inbox>(*context_)) {
  inbox_->Watch();
}
Loop::~Loop() = default;

void Loop::Run(UniqueFunction<void(int)> on_end, UniqueFunction<void()> on_hangup) {
  const auto work = asio::make_work_guard(*context_);
  asio::signal_set signals(*context_, SIGTERM, SIGINT, SIGHUP);
  const std::function<void()> wait = [&] {
    signals.async_wait([&](const auto& failed, int signal) {
      if (failed) return;
      if (signal == SIGHUP) {
        on_hangup();
        return wait();
      }
      on_end(signal);
      Stop();
    });
  };
  wait();
  context_->run();
}

void Loop::Stop() { context_->stop(); }

void Loop::Post(UniqueFunction<void()> work) { inbox_->Put(std::move(work)); }

std::unique_ptr<core::Timers::Handle> Loop::After(int64_t ms, UniqueFunction<void()> expired) {
  return std::make_unique<TimerHandle>(*context_, ms, std::move(expired));
}

}  // namespace fob::ipc
