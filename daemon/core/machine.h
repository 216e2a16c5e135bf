#pragma once

#include <deque>
#include <utility>

namespace fob::core {

// Feeds events to a pure state machine, one at a time, and has the effects of each run in order. An effect
// may feed it again: that event waits until the effects before it have run.
template <typename State, typename Event>
class Machine {
 public:
  State state;

  template <typename Run>
  void Feed(Event event, Run run) {
    events_.push_back(std::move(event));
    if (running_) return;
    running_ = true;
    while (!events_.empty()) {
      Event next = std::move(events_.front());
      events_.pop_front();
      auto step = Step(std::move(state), std::move(next));
      state = std::move(step.state);
      for (auto& effect : step.effects) run(std::move(effect));
    }
    running_ = false;
  }

 private:
  std::deque<Event> events_;
  bool running_ = false;
};

}  // namespace fob::core
