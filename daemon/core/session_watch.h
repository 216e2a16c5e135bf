#pragma once

#include <vector>

#include "daemon/core/context.h"

namespace fob::core {

// Ends logins whose kernel session is gone: from time to time, and before anybody is told that a login
// lives, unless that was looked at in the last seconds.
class SessionWatch {
 public:
  static constexpr int64_t kFreshMs = 5'000;
  static constexpr int64_t kEveryMs = 60'000;

  explicit SessionWatch(const Context& context) : context_(context) {}

  void Start();  // looks from now on
  // Answers at once, or when a look is over.
  void Look(UniqueFunction<void()> done);

 private:
  void Ask(std::vector<std::string> open);
  void EndNext(std::vector<std::string> gone);
  void Finish();

  const Context& context_;
  std::vector<UniqueFunction<void()>> waiting_;
  bool looking_ = false;
  std::optional<int64_t> looked_at_ms_;
  std::unique_ptr<Timers::Handle> next_;
};

}  // namespace fob::core
