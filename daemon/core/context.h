#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "daemon/core/authority.h"
#include "daemon/core/key_arbiter.h"
#include "daemon/core/policy.h"
#include "daemon/core/ports/crypto.h"
#include "daemon/core/ports/factors.h"
#include "daemon/core/ports/host.h"
#include "daemon/core/ports/key_desk.h"
#include "daemon/core/ports/store_queue.h"
#include "daemon/core/ports/timers.h"
#include "daemon/core/settings.h"

namespace fob::core {

// Everything that the services of the core work with; main.cc fills it.
struct Context {
  const Settings& settings;
  const Policy& policy;
  const Authority& authority;
  StoreQueue& store;
  Host& host;
  KeyDesk& desk;
  const FactorVerifier& verifier;
  const Hasher& hasher;
  TokenSigner& signer;
  const Clock& clock;
  Random& random;
  Timers& timers;
  KeyArbiter& arbiter;

  Bytes HashText(const SecretBytes& secret) const { return hasher.Sha256(secret.Reveal()); }
  // A bearer value: prefix and 256 random bits.
  SecretBytes NewBearer(std::string_view prefix) const;
  AuditEntry Audit(const Peer& peer, std::string_view action, std::string_view user) const;
  // Records a refusal; the reply does not wait for it to be readable, only for the attempt.
  template <typename Done>
  void RecordThen(AuditEntry entry, Done done) const {
    store.Write([entry = std::move(entry)](Store& s) { return s.Record(entry); },
                [done = std::move(done)](const Status&) { done(); });
  }
};

inline constexpr size_t kMaxUserName = 256;

// Without control characters: what callers write is shown to others.
bool IsPrintable(std::string_view text);
// A name that people give to a key, otp or client: 1 to 64 bytes without control characters.
Status CheckName(std::string_view name);
// A user's name, as a caller writes it. kInvalidArgument.
Status CheckUserName(std::string_view name);
// At most `size` bytes of a UTF-8 text, cut between characters.
std::string Shortened(std::string_view text, size_t size);

// Whom a request is about: the account of `user`, or of the caller's own uid when that is empty.
// Untrusted callers get nobody but themselves. The answer comes later.
void ResolveSubject(const Context& context, const Peer& peer, const std::string& user,
                    UniqueFunction<void(Result<Account>)> done);

// The line of `error` that stands in the audit trail.
void Refused(AuditEntry& entry, const Error& error);

}  // namespace fob::core
