#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/core/audit_head.h"
#include "daemon/core/context.h"
#include "daemon/core/held_head.h"

namespace fob::core {

// Signs the head of the audit trail into the journal: at the start, and from then on whenever enough
// entries or enough time have come since the last one. The store keeps the last one, too, and before another is
// signed the trail is held against it: what was cut off while nobody looked is an event of its own.
class HeadKeeper {
 public:
  using Tell = UniqueFunction<void(const std::string& head)>;  // SEQ:HASH:SIG, into the journal

  // As `self` it records what is missing.
  HeadKeeper(const Context& context, AuditSigner& signer, const Peer& self, Tell tell)
      : context_(context), signer_(signer), self_(self), tell_(std::move(tell)) {}

  void Start() { Look(); }
  // For the orderly end, when the store's queue has ended: signs what `store` holds then.
  void Finish(Store& store);

  const std::optional<SignedHead>& last() const { return last_; }

 private:
  static constexpr int64_t kLookMs = 15'000;

  // The trail's end, and what is wrong with it.
  struct Seen {
    std::vector<AuditRecord> newest;
    std::optional<SignedHead> last;
    std::optional<HeadFault> fault;
  };

  void Look();
  static Result<Seen> See(Store& store, const std::optional<SignedHead>& last);
  void Consider(Result<Seen> seen);
  // The entry for what is missing, which is told; nothing when nothing is.
  std::optional<AuditEntry> Missed(Seen& seen);
  bool IsDue(const AuditRecord& newest) const;
  std::optional<SignedHead> Sign(const AuditRecord& newest);

  const Context& context_;
  AuditSigner& signer_;
  const Peer self_;
  Tell tell_;
  std::optional<SignedHead> last_;
  std::optional<int64_t> told_missing_;  // of the head of this entry
  int64_t signed_at_ms_ = 0;
  std::unique_ptr<Timers::Handle> next_;
};

}  // namespace fob::core
