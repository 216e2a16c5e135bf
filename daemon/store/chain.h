#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "daemon/core/ports/crypto.h"
#include "daemon/core/records.h"

// The audit trail as a chain: whoever changes, removes or moves an entry has to change every later
// hash.
//
//   hash(n)  = SHA-256( hash(n-1) || entry(n) )        hash(0) = 32 zero bytes; n = 1, 2, 3, ...
//   entry    = version seq at action outcome user caller_uid caller_pid service tty rhost subject
//              rule detail
//   version  = one byte, 1
//   seq, at, caller_uid, caller_pid = number
//   outcome  = field: "allowed", "denied" or "failed"
//   action, user, service, tty, rhost, subject, rule, detail = field
//   number   = 8 bytes, big-endian, two's complement
//   field    = length (4 bytes, big-endian) and that many bytes
namespace fob::store {

Bytes CanonicalEntry(int64_t seq, const core::AuditEntry& entry);

Bytes ChainStart();
Bytes ChainHash(const core::Hasher& hasher, const Bytes& previous, int64_t seq,
                const core::AuditEntry& entry);

}  // namespace fob::store
