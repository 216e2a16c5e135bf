#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "daemon/core/lockout.h"
#include "daemon/core/peer.h"
#include "daemon/core/ports/store_queue.h"
#include "daemon/core/ports/timers.h"

namespace fob::core {

// What was decided while the store could not be written. A proof by key, whose challenge was fresh, is admitted all
// the same, as an event: the journal is told at once, and the trail as soon as the store takes it.
class GapKeeper {
 public:
  using Tell = UniqueFunction<void(const std::string& line)>;  // into the journal, each line

  // `self`: this daemon, who appends what is late.
  GapKeeper(StoreQueue& store, Timers& timers, const Clock& clock, Peer self, Tell tell)
      : store_(store), timers_(timers), clock_(clock), self_(self), tell_(std::move(tell)) {}

  // Whether the outcome of a commit means that this is such a time.
  static bool Opens(const Status& outcome) { return !outcome.ok() && outcome.error().reason == "store_not_writable"; }

  // Admits what CheckProof found good. kDenied/"counter_regressed", by what was admitted before it;
  // kUnavailable/"store_not_writable" when the trail is owed too much already.
  Status Admit(ProofCommit proof);
  // A failed try that could not be counted. It goes on counting in memory.
  void Uncounted(LateFailure failure, std::shared_ptr<Attempts> attempts);
  // A decision that could not be recorded.
  void Unrecorded();

  // For the orderly end, when the store's queue has ended: a last try.
  void Finish(Store& store);

  static constexpr int64_t kTryMs = 2'000;
  static constexpr size_t kMost = 4096;  // of each kind

 private:
  void Open();
  void Try();
  void Closed(const AuditGap& gap);
  AuditGap Owed() const;
  bool any() const { return !admitted_.empty() || !failures_.empty() || unrecorded_ > 0; }

  StoreQueue& store_;
  Timers& timers_;
  const Clock& clock_;
  const Peer self_;
  Tell tell_;
  int64_t since_ = 0;
  std::vector<ProofCommit> admitted_;
  std::vector<LateFailure> failures_;
  std::vector<std::shared_ptr<Attempts>> attempts_;  // of each of these failures
  int64_t unrecorded_ = 0;
  std::map<std::string, uint32_t> counters_;  // the highest of each key that was admitted
  std::unique_ptr<Timers::Handle> next_;
};

}  // namespace fob::core
