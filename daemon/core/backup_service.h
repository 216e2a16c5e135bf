#pragma once

#include <memory>

#include "daemon/core/context.h"
#include "daemon/core/flow.h"
#include "daemon/core/ports/audit_signer.h"
#include "daemon/core/ports/master_keys.h"
#include "proto/messages.h"

namespace fob::core {

// org.fobd.Admin.Backup: the store, while it is in use, as the bytes of a backup file.
class BackupService {
 public:
  BackupService(const Context& context, AuditSigner& signer, const MasterKeys& keys)
      : context_(context), signer_(signer), keys_(keys) {}

  std::shared_ptr<Flow> Backup(const Peer& peer, proto::admin::Backup::In in,
                               FlowSink<proto::admin::Backup::Out> sink);

 private:
  const Context& context_;
  AuditSigner& signer_;
  const MasterKeys& keys_;
};

}  // namespace fob::core
