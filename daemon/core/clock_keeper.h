#pragma once

#include <memory>

#include "daemon/core/context.h"

namespace fob::core {

// Keeps in the store how late it is, so that time does not run back over a restart either.
class ClockKeeper {
 public:
  static constexpr int64_t kEveryMs = 10'000;

  explicit ClockKeeper(const Context& context) : context_(context) {}
  void Start();

 private:
  const Context& context_;
  std::unique_ptr<Timers::Handle> next_;
};

}  // namespace fob::core
