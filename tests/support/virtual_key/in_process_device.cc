#include "tests/support/virtual_key/in_process_device.h"

#include <algorithm>

namespace fob::testing {

std::optional<Report> InProcessDevice::Read(int64_t timeout_ms) {
  constexpr int64_t kForeverMs = 60'000;
  const int64_t until = now_ms_ + (timeout_ms < 0 ? kForeverMs : timeout_ms);
  while (inbox_.empty()) {
    const auto next = key_.NextTickMs();
    if (!next || *next > until) {
      now_ms_ = until;
      return std::nullopt;
    }
    now_ms_ = std::max(now_ms_ + 1, *next);
    Deliver(key_.Tick(now_ms_));
  }
  const Report report = inbox_.front();
  inbox_.pop_front();
  if (on_report) on_report(report);
  return report;
}

}  // namespace fob::testing
