#include "daemon/core/context.h"

#include <algorithm>

#include "base/encoding.h"

namespace fob::core {

SecretBytes Context::NewBearer(std::string_view prefix) const {
  const SecretBytes raw = random.TakeSecret(32);
  std::string text = std::string(prefix) + Base64UrlEncode(raw.Reveal());
  SecretBytes bearer{std::string_view(text)};
  Wipe(text.data(), text.size());
  return bearer;
}

AuditEntry Context::Audit(const Peer& peer, std::string_view action, std::string_view user) const {
  AuditEntry entry;
  entry.at = clock.UnixSeconds();
  entry.action = action;
  entry.user = user;
  entry.caller_uid = peer.browser == nullptr ? peer.uid : peer.browser->gateway_uid;
  if (peer.browser != nullptr) entry.service = kWebService;
  entry.caller_pid = peer.pid;
  return entry;
}

bool IsPrintable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string Shortened(std::string_view text, size_t size) {
  if (text.size() <= size) return std::string(text);
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return std::string(text.substr(0, size));
}

Status CheckUserName(std::string_view name) {
  if (name.empty() || name.size() > kMaxUserName || !IsPrintable(name)) {
    return MakeError(Code::kInvalidArgument, "bad_user", "a user name has 1 to 256 bytes and no control characters");
  }
  return Ok();
}

std::string UserForTrail(const std::string& name) { return CheckUserName(name).ok() ? name : ""; }

Status CheckName(std::string_view name) {
  if (name.empty() || name.size() > 64 || !IsPrintable(name)) {
    return MakeError(Code::kInvalidArgument, "bad_name", "a name has 1 to 64 characters and no control characters");
  }
  return Ok();
}

namespace {

Error TooFast() { return MakeError(Code::kExhausted, "too_fast", "too many requests: wait a moment and try again"); }

}  // namespace

Status Charge(const Context& context, const Peer& peer, RateLimiter& limiter) {
  // All browsers come through one uid, the gateway's, which bounds them by where they are.
  if (context.authority.IsTrusted(peer) || context.authority.IsGateway(peer) || limiter.Take(peer.uid)) return Ok();
  return TooFast();
}

Status MayBeRefused(const Context& context, const Peer& peer) {
  if (context.authority.IsTrusted(peer) || context.authority.IsGateway(peer) || context.limits.refusals.HasRoom(peer.uid)) {
    return Ok();
  }
  return TooFast();
}

void ResolveSubject(const Context& context, const Peer& peer, const std::string& user,
                    UniqueFunction<void(Result<Account>)> done) {
  if (!user.empty()) {
    if (const Status good = CheckUserName(user); !good.ok()) return done(good.error());
  }
  if (const Status charged = Charge(context, peer, context.limits.lookups); !charged.ok()) return done(charged.error());
  if (!user.empty() && context.authority.IsTrusted(peer)) return context.host.AccountByName(user, std::move(done));
  // An untrusted caller has no other account looked up, and learns nothing about others, not even whether
  // they exist.
  context.host.AccountByUid(peer.uid, [user, done = std::move(done)](Result<Account> account) {
    if (account.ok() && !user.empty() && account->name != user) {
      return done(MakeError(Code::kNotPermitted, "other_user", "only an administrator may act for " + user));
    }
    done(std::move(account));
  });
}

void Refused(AuditEntry& entry, const Error& error) {
  const bool decided = error.code == Code::kDenied || error.code == Code::kNotPermitted;
  entry.outcome = decided ? Outcome::kDenied : Outcome::kFailed;
  entry.detail = error.reason;
}

}  // namespace fob::core
