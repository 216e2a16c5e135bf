#include "web/loop/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <utility>

namespace fob::web {

namespace asio = boost::asio;

namespace {

using Alive = std::shared_ptr<int>;  // a wait that is already queued finds it gone

class DescriptorWatch final : public Watch {
 public:
  DescriptorWatch(asio::io_context& context, int fd) : descriptor_(context, fd) {}
  ~DescriptorWatch() override { descriptor_.release(); }

  void WhenReadable(UniqueFunction<void()> ready) override {
    Wait(asio::posix::descriptor_base::wait_read, std::move(ready));
  }
  void WhenWritable(UniqueFunction<void()> ready) override {
    Wait(asio::posix::descriptor_base::wait_write, std::move(ready));
  }

 private:
  void Wait(asio::posix::descriptor_base::wait_type what, UniqueFunction<void()> ready) {
    descriptor_.async_wait(what, [alive = std::weak_ptr<int>(alive_), ready = std::move(ready)](const auto& failed) {
      if (!failed && !alive.expired()) ready();
    });
  }

  asio::posix::stream_descriptor descriptor_;
  Alive alive_ = std::make_shared<int>(0);
};

class SteadyTimer final : public Timer {
 public:
  SteadyTimer(asio::io_context& context, int64_t ms, UniqueFunction<void()> expired)
      : timer_(context, std::chrono::milliseconds(ms)) {
    timer_.async_wait([alive = std::weak_ptr<int>(alive_), expired = std::move(expired)](const auto& failed) {
      if (!failed && !alive.expired()) expired();
    });
  }

 private:
  asio::steady_timer timer_;
  Alive alive_ = std::make_shared<int>(0);
};

}  // namespace

Loop::Loop() : context_(std::make_unique<asio::io_context>(1)) {}
Loop::~Loop() = default;

void Loop::Run(const std::vector<int>& signals, UniqueFunction<void(int)> on_signal) {
  const auto work = asio::make_work_guard(*context_);
  asio::signal_set set(*context_);
  for (const int signal : signals) set.add(signal);
  std::function<void()> wait = [&] {
    set.async_wait([&](const auto& failed, int signal) {
      if (failed) return;
      on_signal(signal);
      wait();
    });
  };
  wait();
  context_->run();
}

void Loop::Stop() { context_->stop(); }

void Loop::Post(UniqueFunction<void()> work) {
  asio::post(*context_, [work = std::move(work)] { work(); });
}

std::unique_ptr<Timer> Loop::After(int64_t ms, UniqueFunction<void()> expired) {
  return std::make_unique<SteadyTimer>(*context_, ms, std::move(expired));
}

std::unique_ptr<Watch> Loop::WatchOver(int fd) { return std::make_unique<DescriptorWatch>(*context_, fd); }

}  // namespace fob::web
