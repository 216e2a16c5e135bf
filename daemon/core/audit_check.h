#pragma once

#include <memory>
#include <vector>

#include "daemon/core/audit_head.h"
#include "daemon/core/context.h"
#include "daemon/core/flow.h"
#include "proto/messages.h"

namespace fob::core {

// Walks the audit trail from its start, or from the checkpoint that stands for what was pruned, and
// holds it against heads that were signed: those given and those that the store keeps.
class AuditCheck final : public Flow, public std::enable_shared_from_this<AuditCheck> {
 public:
  using Out = proto::admin::VerifyAudit::Out;

  AuditCheck(const Context& context, const AuditSigner& signer, std::vector<SignedHead> heads,
             FlowSink<Out> sink);

  void Next() override;

 private:
  struct Start {
    std::optional<AuditCheckpoint> checkpoint;
    KeptHeads kept;
    int64_t newest = 0;
  };
  void Begin();
  void Take(const KeptHeads& kept);
  void Walk(int64_t steps);
  void CheckHeads(size_t from);
  void End();
  void Broken(int64_t seq, Out::Fault fault, std::string why);

  const Context& context_;
  const AuditSigner& signer_;
  std::vector<SignedHead> heads_;
  FlowSink<Out> sink_;
  bool begun_ = false;
  int64_t first_ = 1;   // the oldest entry that was not pruned
  int64_t newest_ = 0;  // when it began
  ChainCheck check_;
};

}  // namespace fob::core
