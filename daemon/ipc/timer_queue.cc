#include "daemon/ipc/timer_queue.h"

#include <boost/asio/io_context.hpp>

#include "daemon/ipc/loop.h"

namespace fob::ipc {

class TimerQueue::Entry final : public core::Timers::Handle {
 public:
  Entry(const std::shared_ptr<Waiting>& waiting, Key key) : waiting_(waiting), key_(key) {}
  ~Entry() override {
    const auto waiting = waiting_.lock();
    if (waiting == nullptr) return;
    const auto node = waiting->extract(key_);  // what it owns may have handles of its own
  }

 private:
  std::weak_ptr<Waiting> waiting_;
  Key key_;
};

TimerQueue::TimerQueue(Loop& loop) : loop_(loop), timer_(loop.context()) {}

std::unique_ptr<core::Timers::Handle> TimerQueue::After(int64_t ms, UniqueFunction<void()> expired) {
  const Key key(std::chrono::steady_clock::now() + std::chrono::milliseconds(ms), ++next_);
  waiting_->emplace(key, std::move(expired));
  if (key.first < armed_) Arm(key.first);
  return std::make_unique<Entry>(waiting_, key);
}

void TimerQueue::Drop() { const Waiting gone = std::exchange(*waiting_, {}); }

void TimerQueue::Arm(Time when) {
  armed_ = when;
  timer_.expires_at(when);
  timer_.async_wait([this](const auto& failed) {
    if (failed) return;  // armed anew, or the loop is gone
    const Loop::Turn turn(loop_);
    Expire();
  });
}

void TimerQueue::Expire() {
  const Time now = std::chrono::steady_clock::now();
  if (now < armed_) return;  // armed anew while this was on its way
  armed_ = Time::max();
  while (!waiting_->empty() && waiting_->begin()->first.first <= now) {
    const auto node = waiting_->extract(waiting_->begin());
    node.mapped()();
  }
  if (!waiting_->empty() && waiting_->begin()->first.first < armed_) Arm(waiting_->begin()->first.first);
}

}  // namespace fob::ipc
