#pragma once

#include <memory>

#include "daemon/core/audit_pruner.h"
#include "daemon/core/context.h"
#include "daemon/core/flow.h"
#include "daemon/core/head_keeper.h"
#include "daemon/core/login_service.h"
#include "proto/messages.h"

namespace fob::core {

// The methods of org.fobd.Admin that are about the audit trail.
class AuditService {
 public:
  AuditService(const Context& context, const AuditSigner& signer, const HeadKeeper& heads,
               AuditPruner& pruner)
      : context_(context), signer_(signer), heads_(heads), pruner_(pruner) {}

  void TailAudit(const Peer& peer, proto::admin::TailAudit::In in, Reply<proto::admin::TailAudit> reply);
  // Tells how far it is after each piece of the chain, and at last what came of it.
  std::shared_ptr<Flow> VerifyAudit(const Peer& peer, proto::admin::VerifyAudit::In in,
                                    FlowSink<proto::admin::VerifyAudit::Out> sink);
  void PruneAudit(const Peer& peer, proto::admin::PruneAudit::In in, Reply<proto::admin::PruneAudit> reply);
  void AuditKey(const Peer& peer, proto::admin::AuditKey::In in, Reply<proto::admin::AuditKey> reply);

  // Records that a caller may not call `method`, as far as its uid's refusals have room in the trail.
  void RefusedCall(const Peer& peer, std::string_view method, const Error& error) const;

 private:
  // `whole`: for who sees all of the trail.
  void ReadTail(AuditFilter filter, bool whole, Reply<proto::admin::TailAudit> reply);

  const Context& context_;
  const AuditSigner& signer_;
  const HeadKeeper& heads_;
  AuditPruner& pruner_;
};

}  // namespace fob::core
