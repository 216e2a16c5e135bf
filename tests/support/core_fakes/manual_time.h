#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "daemon/core/ports/timers.h"

namespace fob::testing {

// Time that stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  int64_t UnixSeconds() const override { return unix_; }
  int64_t MonotonicMs() const override { return mono_ms_; }
  void Advance(int64_t ms) {
    mono_ms_ += ms;
    rest_ms_ += ms;
    unix_ += rest_ms_ / 1000;
    rest_ms_ %= 1000;
  }
  // Somebody sets the wall clock.
  void Step(int64_t seconds) { unix_ += seconds; }

 private:
  int64_t unix_ = 1'800'000'000;
  int64_t mono_ms_ = 5'000'000;
  int64_t rest_ms_ = 0;
};

// Timers on that clock. They expire in the order of their times, when the test says so.
class ManualTimers final : public core::Timers {
 public:
  explicit ManualTimers(ManualClock& clock) : clock_(clock) {}
  // Cancels all: what waits may hold its own handle.
  void Drop() {
    for (const auto& weak : std::exchange(timers_, {})) {
      if (const auto timer = weak.lock()) const auto gone = std::move(timer->expired);
    }
  }

  std::unique_ptr<Handle> After(int64_t ms, UniqueFunction<void()> expired) override {
    auto timer = std::make_shared<Timer>(clock_.MonotonicMs() + ms, std::move(expired));
    timers_.push_back(timer);
    return std::make_unique<Held>(std::move(timer));
  }

  void Advance(int64_t ms) {
    clock_.Advance(ms);
    for (;;) {
      const auto due = std::ranges::find_if(timers_, [&](const auto& weak) {
        const auto timer = weak.lock();
        return timer != nullptr && timer->at <= clock_.MonotonicMs();
      });
      if (due == timers_.end()) return;
      const auto timer = due->lock();
      timers_.erase(due);
      if (timer == nullptr) continue;
      const auto expired = std::move(timer->expired);
      expired();
    }
  }

  size_t pending() const {
    return static_cast<size_t>(
        std::ranges::count_if(timers_, [](const auto& timer) { return !timer.expired(); }));
  }

 private:
  struct Timer {
    Timer(int64_t when, UniqueFunction<void()> what) : at(when), expired(std::move(what)) {}
    int64_t at;
    UniqueFunction<void()> expired;
  };
  struct Held final : Handle {
    explicit Held(std::shared_ptr<Timer> held) : timer(std::move(held)) {}
    std::shared_ptr<Timer> timer;
  };

  ManualClock& clock_;
  std::vector<std::weak_ptr<Timer>> timers_;
};

}  // namespace fob::testing
