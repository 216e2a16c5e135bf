#include "daemon/core/backup_service.h"

#include "daemon/core/backup_run.h"

namespace fob::core {

std::shared_ptr<Flow> BackupService::Backup(const Peer& peer, proto::admin::Backup::In in,
                                            FlowSink<proto::admin::Backup::Out> sink) {
  std::optional<SecretBytes> key;
  if (in.with_master_key.value_or(false)) {
    auto read = keys_.Read();
    if (!read.ok()) {
      sink.last(read.error());
      return nullptr;
    }
    key = *std::move(read);
  }
  return std::make_shared<BackupRun>(context_, signer_, peer, std::move(key), std::move(sink));
}

}  // namespace fob::core
