#include "daemon/ipc/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>

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

Loop::Loop() : context_(std::make_unique<asio::io_context>(1)) {}
Loop::~Loop() = default;

void Loop::Run(UniqueFunction<void(int)> on_signal) {
  const auto work = asio::make_work_guard(*context_);
  asio::signal_set signals(*context_, SIGTERM, SIGINT);
  signals.async_wait([&](const auto& failed, int signal) {
    if (failed) return;
    on_signal(signal);
    Stop();
  });
  context_->run();
}

void Loop::Stop() { context_->stop(); }

void Loop::Post(UniqueFunction<void()> work) { asio::post(*context_, std::move(work)); }

std::unique_ptr<core::Timers::Handle> Loop::After(int64_t ms, UniqueFunction<void()> expired) {
  return std::make_unique<TimerHandle>(*context_, ms, std::move(expired));
}

}  // namespace fob::ipc
