#pragma once

#include <memory>
#include <optional>

#include "daemon/core/audit_head.h"
#include "daemon/core/context.h"

namespace fob::core {

// Removes audit entries that are older than they need be kept, a few thousand a transaction, each of
// which leaves a signed checkpoint in their place. A trail that is broken is not pruned: what broke it
// must stay to be looked at.
class AuditPruner {
 public:
  struct Pruned {
    int64_t entries = 0;
    int64_t first_seq = 1;  // the oldest one that is kept
  };
  using Done = UniqueFunction<void(Result<Pruned>)>;

  // `self`: the daemon, which prunes on its own from time to time.
  AuditPruner(const Context& context, AuditSigner& signer, const Peer& self)
      : context_(context), signer_(signer), self_(self) {}

  void Start();
  // kConflict "prune_running"; kCorrupt "chain_broken" or "checkpoint_forged".
  void Prune(const Peer& peer, int64_t keep_days, Done done);

 private:
  struct Run;
  void Walk(std::shared_ptr<Run> run);
  void Walked(std::shared_ptr<Run> run, Result<ChainCheck> check);
  void Announce(std::shared_ptr<Run> run, ChainCheck check);
  void Replace(std::shared_ptr<Run> run, ChainCheck check);
  void Finish(const std::shared_ptr<Run>& run, Result<Pruned> outcome);

  const Context& context_;
  AuditSigner& signer_;
  const Peer self_;
  bool running_ = false;
  std::unique_ptr<Timers::Handle> next_;
};

}  // namespace fob::core
