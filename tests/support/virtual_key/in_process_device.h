#pragma once

#include <deque>
#include <functional>

#include "tests/support/virtual_key/hid_device.h"
#include "tests/support/virtual_key/virtual_key.h"

namespace fob::testing {

// A virtual key that a host reads and writes as it would /dev/hidraw, with a clock of its own:
// reading lets time pass up to the key's next deadline, so that nothing ever sleeps.
class InProcessDevice final : public HidDevice {
 public:
  explicit InProcessDevice(Options options = {}) : key_(std::move(options), kStartMs) {}
  InProcessDevice(Options options, std::unique_ptr<KeyStorage> storage,
                  std::unique_ptr<Random> random)
      : key_(std::move(options), std::move(storage), std::move(random), kStartMs) {}

  VirtualKey& key() { return key_; }
  int64_t now_ms() const { return now_ms_; }
  void Advance(int64_t ms) { now_ms_ += ms; }

  void Write(ReportView report) override { Deliver(key_.OnReport(report, now_ms_)); }
  void Touch() { Deliver(key_.Touch(now_ms_)); }

  // By the key's clock; a negative timeout is one minute.
  std::optional<Report> Read(int64_t timeout_ms) override;

  // Called with each report before the host reads it: the place to touch, cancel or change the
  // policy mid-ceremony.
  std::function<void(const Report&)> on_report;

 private:
  static constexpr int64_t kStartMs = 1'000'000;

  void Deliver(std::vector<Report> reports) {
    inbox_.insert(inbox_.end(), reports.begin(), reports.end());
  }

  VirtualKey key_;
  int64_t now_ms_ = kStartMs;
  std::deque<Report> inbox_;
};

}  // namespace fob::testing
