#include "daemon/core/audit_pruner.h"

namespace fob::core {
namespace {

constexpr int64_t kDay = 24 * 3600;
constexpr int64_t kFirstMs = 60'000;       // after the start, when the logins of a boot are done
constexpr int64_t kAgainMs = kDay * 1000 / 4;
constexpr int64_t kEntriesATransaction = 2000;  // entries a transaction

}  // namespace

struct AuditPruner::Run {
  Peer peer;
  int64_t before = 0;
  ChainCheck check;
  Pruned pruned;
  Done done;
};

void AuditPruner::Start() {
  next_ = context_.timers.After(kFirstMs, [this] {
    Prune(self_, context_.settings.audit.keep_days, [this](Result<Pruned> pruned) {
      if (!pruned.ok() && pruned.error().reason != "prune_running") context_.alarm(pruned.error());
      next_ = context_.timers.After(kAgainMs - kFirstMs, [this] { Start(); });
    });
  });
}

void AuditPruner::Prune(const Peer& peer, int64_t keep_days, Done done) {
  if (std::exchange(running_, true)) {
    return done(MakeError(Code::kConflict, "prune_running", "the audit trail is being pruned already"));
  }
  auto run = std::make_shared<Run>();
  run->peer = peer;
  run->before = context_.clock.UnixSeconds() - keep_days * kDay;
  run->done = std::move(done);
  context_.store.Read([](Store& store) { return store.FindCheckpoint(); },
                      [this, run](Result<std::optional<AuditCheckpoint>> checkpoint) {
                        if (!checkpoint.ok()) return Finish(run, checkpoint.error());
                        if (checkpoint->has_value()) {
                          const Status good = CheckCheckpoint(signer_, **checkpoint);
                          if (!good.ok()) return Finish(run, good.error());
                          run->check.last_seq = (*checkpoint)->seq;
                          run->check.head = (*checkpoint)->hash;
                        }
                        run->check.before = run->before;
                        run->pruned.first_seq = run->check.last_seq + 1;
                        Walk(run);
                      });
}

void AuditPruner::Walk(std::shared_ptr<Run> run) {
  context_.store.Read([from = run->check](Store& store) { return store.CheckChain(from, kEntriesATransaction); },
                      [this, run](Result<ChainCheck> check) { Walked(run, std::move(check)); });
}

void AuditPruner::Walked(std::shared_ptr<Run> run, Result<ChainCheck> check) {
  if (!check.ok()) return Finish(run, check.error());
  if (check->broken_at.has_value()) {
    return Finish(run, MakeError(Code::kCorrupt, "chain_broken",
                                 "the audit trail is broken (" + check->why +
                                     ") and is not pruned: run fobctl audit verify"));
  }
  if (check->checked == run->check.checked) return Finish(run, run->pruned);
  run->check.checked == 0 ? Announce(std::move(run), *std::move(check))
                          : Replace(std::move(run), *std::move(check));
}

// The decision stands in the trail before anything is gone.
void AuditPruner::Announce(std::shared_ptr<Run> run, ChainCheck check) {
  AuditEntry audit = context_.Audit(run->peer, "audit.prune", "");
  audit.detail = "entries from " + std::to_string(run->pruned.first_seq) + " on that are older than " +
                 std::to_string(run->before);
  context_.store.Write([audit](Store& store) { return store.Record(audit); },
                       [this, run, check = std::move(check)](const Status& recorded) mutable {
                         if (!recorded.ok()) return Finish(run, recorded.error());
                         Replace(std::move(run), std::move(check));
                       });
}

void AuditPruner::Replace(std::shared_ptr<Run> run, ChainCheck check) {
  AuditCheckpoint checkpoint{check.last_seq, check.head, context_.clock.UnixSeconds(), {}};
  auto signature = signer_.Sign(CheckpointStatement(checkpoint));
  if (!signature.ok()) return Finish(run, signature.error());
  checkpoint.signature = *std::move(signature);
  context_.store.Write(
      [checkpoint](Store& store) { return store.PruneAudit(checkpoint); },
      [this, run, check = std::move(check)](const Status& pruned) mutable {
        if (!pruned.ok()) return Finish(run, pruned.error());
        run->check = std::move(check);
        run->pruned.entries = run->check.checked;
        run->pruned.first_seq = run->check.last_seq + 1;
        run->check.done ? Finish(run, run->pruned) : Walk(std::move(run));
      });
}

void AuditPruner::Finish(const std::shared_ptr<Run>& run, Result<Pruned> outcome) {
  running_ = false;
  run->done(std::move(outcome));
}

}  // namespace fob::core
