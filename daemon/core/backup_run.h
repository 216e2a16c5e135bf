#pragma once

#include <memory>
#include <optional>

#include "daemon/core/backup_format.h"
#include "daemon/core/context.h"
#include "daemon/core/flow.h"
#include "daemon/core/ports/audit_signer.h"
#include "proto/messages.h"

namespace fob::core {

// One backup: recorded, the store's state of that moment put aside, then sent piece by piece.
class BackupRun final : public Flow, public std::enable_shared_from_this<BackupRun> {
 public:
  using Out = proto::admin::Backup::Out;

  BackupRun(const Context& context, AuditSigner& signer, const Peer& peer, std::optional<SecretBytes> key,
            FlowSink<Out> sink);

  void Next() override;

 private:
  enum class Phase { kBegin, kCopy, kHeader, kDatabase };
  void Begin();
  void TakeSnapshot();
  void Copy();
  void SendHeader();
  void SendDatabase();
  void SendTrailer();
  Out Piece(ByteView bytes);

  const Context& context_;
  AuditSigner& signer_;
  const Peer peer_;
  FlowSink<Out> sink_;
  Phase phase_ = Phase::kBegin;
  BackupHeader header_;
  std::shared_ptr<Snapshot> snapshot_;  // each of the store's jobs holds it, and dies on its thread last
  std::unique_ptr<RunningHash> hash_;
  int64_t sent_ = 0;
  int64_t total_ = 0;
};

}  // namespace fob::core
