#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "daemon/core/authority.h"
#include "daemon/core/forward_clock.h"
#include "daemon/core/gap_keeper.h"
#include "daemon/core/key_arbiter.h"
#include "daemon/core/lockout.h"
#include "daemon/core/policy.h"
#include "daemon/core/ports/crypto.h"
#include "daemon/core/ports/factors.h"
#include "daemon/core/ports/host.h"
#include "daemon/core/ports/key_desk.h"
#include "daemon/core/ports/password_desk.h"
#include "daemon/core/ports/store_queue.h"
#include "daemon/core/ports/timers.h"
#include "daemon/core/ports/web_crypto.h"
#include "daemon/core/rate_limiter.h"
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
  RateLimits& limits;
  Lockout& lockout;
  const UniqueFunction<void(const Error&)>& alarm;  // tells the journal what no caller is told
  ForwardClock& forward;  // by which what may be used, and for how long, is judged
  GapKeeper& gaps;
  const WebCrypto& web_crypto;
  PasswordDesk& passwords;

  Moment Now() const { return {forward.Now(), host.BootId()}; }
  Bytes HashText(const SecretBytes& secret) const { return hasher.Sha256(secret.Reveal()); }
  // A bearer value: prefix and 256 random bits.
  SecretBytes NewBearer(std::string_view prefix) const;
  AuditEntry Audit(const Peer& peer, std::string_view action, std::string_view user) const;
  // Records a refusal; the reply does not wait for it to be readable, only for the attempt.
  template <typename Done>
  void RecordThen(AuditEntry entry, Done done) const {
    store.Write([entry = std::move(entry)](Store& s) { return s.Record(entry); },
                [this, done = std::move(done)](const Status& recorded) {
                  if (!recorded.ok()) {
                    alarm(recorded.error());
                    gaps.Unrecorded();
                  }
                  done();
                });
  }
};

inline constexpr size_t kMaxUserName = 256;

// The PAM service of logins in a browser: it asks for a password only.
inline constexpr std::string_view kWebService = "fob-web";

// Without control characters: what callers write is shown to others.
bool IsPrintable(std::string_view text);
// A name that people give to a key, otp or client: 1 to 64 bytes without control characters.
Status CheckName(std::string_view name);
// A user's name, as a caller writes it. kInvalidArgument.
Status CheckUserName(std::string_view name);
// The user's name for the audit trail: empty when it is none.
std::string UserForTrail(const std::string& name);
// At most `size` bytes of a UTF-8 text, cut between characters.
std::string Shortened(std::string_view text, size_t size);

// The line of `error` that stands in the audit trail.
void Refused(AuditEntry& entry, const Error& error);

// Charges a caller that is not trusted. kExhausted/"too_fast".
Status Charge(const Context& context, const Peer& peer, RateLimiter& limiter);

// Whether a refusal of this caller could still be recorded: one that cannot is not worked on at all.
// kExhausted/"too_fast".
Status MayBeRefused(const Context& context, const Peer& peer);
// Records a refusal, charges its caller for it, and then answers.
template <typename Out>
void RefuseCaller(const Context& context, const Peer& peer, AuditEntry entry, Error error,
                  UniqueFunction<void(Result<Out>)> reply) {
  Refused(entry, error);
  // What comes from anywhere through the gateway is refused all the same when the trail has no room for it.
  const bool room = context.limits.refusals.Take(peer.uid);
  if (!room && context.authority.IsGateway(peer)) return reply(error);
  context.RecordThen(std::move(entry), [reply = std::move(reply), error = std::move(error)] { reply(error); });
}

// Whom a request is about: the account of `user`, or of the caller's own uid when that is empty.
// Untrusted callers get nobody but themselves. The answer comes later.
void ResolveSubject(const Context& context, const Peer& peer, const std::string& user,
                    UniqueFunction<void(Result<Account>)> done);

}  // namespace fob::core
