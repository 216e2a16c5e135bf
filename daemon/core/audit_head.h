#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "daemon/core/ports/audit_signer.h"
#include "daemon/core/records.h"

// What is signed of the audit trail, so that it cannot be cut off or written anew unnoticed.
//
//   statement of a head        "fob audit head 1" LF seq hash
//   statement of a checkpoint  "fob audit checkpoint 1" LF seq hash at
//   seq, at = 8 bytes, big-endian; hash = the 32 bytes of entry `seq`
namespace fob::core {

Bytes HeadStatement(int64_t seq, const Bytes& hash);
Bytes CheckpointStatement(const AuditCheckpoint& checkpoint);

Result<SignedHead> SignHead(AuditSigner& signer, int64_t seq, const Bytes& hash);

// SEQ:HASH:SIG, hash in hexadecimal and signature in base64url.
std::string FormatHead(const SignedHead& head);
// kInvalidArgument "bad_head".
Result<SignedHead> ParseHead(std::string_view text);

// kCorrupt "checkpoint_forged": not signed by this store's audit key.
Status CheckCheckpoint(const AuditSigner& signer, const AuditCheckpoint& checkpoint);

}  // namespace fob::core
