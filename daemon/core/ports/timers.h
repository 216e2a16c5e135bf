#pragma once

#include <cstdint>
#include <memory>

#include "base/unique_function.h"

namespace fob::core {

// One-shot timers on the core's thread. Destroying the handle cancels.
class Timers {
 public:
  class Handle {
   public:
    virtual ~Handle() = default;
  };
  virtual ~Timers() = default;
  virtual std::unique_ptr<Handle> After(int64_t ms, UniqueFunction<void()> expired) = 0;
};

}  // namespace fob::core
