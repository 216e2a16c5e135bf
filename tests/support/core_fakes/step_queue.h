#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "daemon/core/ports/store_queue.h"

namespace fob::testing {

// A store's queue on one thread. A job waits until Deliver() runs it, and may be made to fail.
class StepQueue final : public core::StoreQueue {
 public:
  explicit StepQueue(core::Store& store) : store_(store) {}

  std::optional<Error> read_error;   // of every read: the store cannot be read
  std::optional<Error> write_error;  // of every write: disk full, read-only
  bool hold = false;                 // jobs wait
  int writes = 0;

  void Submit(Lane lane, std::unique_ptr<Job> job) override {
    jobs_.push_back({lane, std::move(job)});
  }

  // Runs one job that waits. False: there is none.
  bool Deliver() {
    if (hold || jobs_.empty()) return false;
    auto [lane, job] = std::move(jobs_.front());
    jobs_.pop_front();
    const bool reads = lane == Lane::kRead || lane == Lane::kReadFew;
    if (!reads) ++writes;
    const auto& error = reads ? read_error : write_error;
    if (error.has_value()) {
      job->Fail(*error);
    } else {
      job->Run(store_);
    }
    job->Finish();
    return true;
  }
  size_t waiting() const { return jobs_.size(); }

 private:
  struct Waiting {
    Lane lane;
    std::unique_ptr<Job> job;
  };
  core::Store& store_;
  std::deque<Waiting> jobs_;
};

}  // namespace fob::testing
