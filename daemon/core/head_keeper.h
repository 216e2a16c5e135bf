#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/core/audit_head.h"
#include "daemon/core/context.h"

namespace fob::core {

// Signs the head of the audit trail into the journal: at the start, and from then on whenever enough
// entries or enough time have come since the last one.
class HeadKeeper {
 public:
  using Tell = UniqueFunction<void(const std::string& head)>;  // SEQ:HASH:SIG, into the journal

  HeadKeeper(const Context& context, AuditSigner& signer, Tell tell)
      : context_(context), signer_(signer), tell_(std::move(tell)) {}

  void Start() { Look(); }
  // For the orderly end, when the store's queue has ended: signs what `store` holds then.
  void Finish(Store& store);

  const std::optional<SignedHead>& last() const { return last_; }

 private:
  static constexpr int64_t kLookMs = 15'000;

  void Look();
  void Consider(Result<std::vector<AuditRecord>> newest);
  void Sign(const AuditRecord& newest);

  const Context& context_;
  AuditSigner& signer_;
  Tell tell_;
  std::optional<SignedHead> last_;
  int64_t signed_at_ms_ = 0;
  std::unique_ptr<Timers::Handle> next_;
};

}  // namespace fob::core
