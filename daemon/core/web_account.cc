#include "daemon/core/web_account.h"

#include <algorithm>

#include "base/encoding.h"
#include "daemon/core/attestation_policy.h"
#include "daemon/core/enrol_ceremony.h"
#include "daemon/core/enrol_run.h"
#include "daemon/core/present.h"
#include "daemon/core/web_login_service.h"

namespace fob::core {
namespace {

constexpr int64_t kKeyTimeoutMs = 120'000;
constexpr int kMaxTries = 5;          // of the first code
constexpr size_t kOtpSecret = 20;     // bytes, as long as SHA-1 (RFC 4226 clause 4 R6)
constexpr size_t kMaxTransports = 8;

Error NoEnrolment() { return MakeError(Code::kNotFound, "attempt", "this enrolment is over, or was begun elsewhere: begin again"); }

template <typename Factor>
Status CheckNew(const std::string& name, const std::vector<Factor>& have, size_t most) {
  FOB_CHECK(CheckName(name));
  if (std::ranges::any_of(have, [&](const Factor& one) { return one.name == name; })) {
    return MakeError(Code::kConflict, "name_taken", "you already have one named " + name);
  }
  if (have.size() >= most) return MakeError(Code::kExhausted, "too_many_factors", "you have too many of them: remove one first");
  return Ok();
}

}  // namespace

void WebAccount::FindPeer(const Peer& peer, const SecretBytes& session, UniqueFunction<void(Result<Peer>)> done) {
  sessions_.ActAs(peer, session, [this, done = std::move(done)](Result<Peer> acting) {
    if (!acting.ok()) return done(acting.error());
    if (const Status fresh = MayChangeFactors(context_, *acting); !fresh.ok()) return done(fresh.error());
    done(std::move(acting));
  });
}

void WebAccount::FindUser(const Peer& peer, const SecretBytes& session, UniqueFunction<void(Result<User>)> done) {
  FindPeer(peer, session, [this, done = std::move(done)](Result<Peer> acting) mutable {
    if (!acting.ok()) return done(acting.error());
    context_.host.AccountByUid(acting->uid, [this, acting = *acting, done = std::move(done)](Result<Account> account) mutable {
      if (!account.ok()) return done(account.error());
      context_.store.Read(
          [name = account->name, uid = account->uid](Store& store) { return store.LoadFactors(name, uid); },
          [acting, account = *account, done = std::move(done)](Result<UserFactors> factors) {
            if (!factors.ok()) return done(factors.error());
            done(User{acting, account, *std::move(factors)});
          });
    });
  });
}

Result<SecretBytes> WebAccount::Add(EnrolmentPtr enrolment) {
  const int64_t now = context_.clock.MonotonicMs();
  std::erase_if(begun_, [&](const auto& entry) { return entry.second->expires_at_ms <= now; });
  // One at a time for a browser: what it began before is given up.
  std::erase_if(begun_, [&](const auto& entry) { return entry.second->session_hash == enrolment->session_hash; });
  if (begun_.size() >= kMost) return MakeError(Code::kExhausted, "too_many_enrolments", "too many enrolments are under way: try again in a moment");
  enrolment->expires_at_ms = now + kLifetimeMs;
  SecretBytes attempt = context_.NewBearer("attempt_");
  begun_[context_.HashText(attempt)] = std::move(enrolment);
  return attempt;
}

Result<WebAccount::EnrolmentPtr> WebAccount::Find(const SecretBytes& attempt, const SecretBytes& session) {
  const auto found = begun_.find(context_.HashText(attempt));
  if (found == begun_.end() || found->second->expires_at_ms <= context_.clock.MonotonicMs() ||
      found->second->session_hash != context_.HashText(session)) {
    return NoEnrolment();
  }
  return found->second;
}

void WebAccount::Remove(const SecretBytes& attempt) { begun_.erase(context_.HashText(attempt)); }

Store::NewFactor WebAccount::NewFactor(const Peer& peer, const Enrolment& enrolment, std::string_view action) const {
  return {enrolment.account, enrolment.sub, std::nullopt, context_.Audit(peer, action, enrolment.account.name), peer.browser->proved_by};
}

void WebAccount::BeginKey(const Peer& peer, proto::web::BeginKey::In in, Reply<proto::web::BeginKey> reply) {
  auto enrolment = std::make_shared<Enrolment>();
  enrolment->session_hash = context_.HashText(in.session);
  enrolment->name = std::move(in.name);
  enrolment->discoverable = in.discoverable;
  FindUser(peer, in.session, [this, enrolment, reply = std::move(reply)](Result<User> user) {
    if (!user.ok()) return reply(user.error());
    const UserFactors& factors = user->factors;
    if (const Status good = CheckNew(enrolment->name, factors.keys, kMaxKeysOfUser); !good.ok()) return reply(good.error());
    enrolment->account = user->account;
    enrolment->sub = factors.user.sub;
    enrolment->challenge = context_.random.Take(32);
    proto::KeyOptions options;
    options.challenge = Base64UrlEncode(enrolment->challenge);
    options.rp_id = context_.settings.rp_id;
    options.rp_name = context_.settings.rp_id;
    for (const KeyRecord& key : factors.keys) {
      if (key.rp_id == context_.settings.rp_id) options.credentials.push_back({Base64UrlEncode(key.credential_id), key.transports});
    }
    options.user_verification = proto::KeyOptions::UserVerification::kPreferred;
    options.timeout_ms = kKeyTimeoutMs;
    options.user_handle = Base64UrlEncode(AsBytes(enrolment->sub));
    options.user_name = user->account.name;
    options.algorithms = {{"ES256", "EdDSA", "RS256"}};
    options.discoverable = enrolment->discoverable;
    auto attempt = Add(enrolment);
    if (!attempt.ok()) return reply(attempt.error());
    reply(proto::web::BeginKey::Out{*std::move(attempt), std::move(options)});
  });
}

Result<KeyRecord> WebAccount::Verify(const Enrolment& enrolment, const proto::web::FinishKey::In& in) const {
  const auto decode = [](std::string_view text) -> Result<Bytes> {
    auto bytes = Base64UrlDecode(text);
    if (bytes.ok() && !bytes->empty()) return bytes;
    return MakeError(Code::kInvalidArgument, "bad_answer", "what the browser answered is not base64url");
  };
  FOB_TRY(const Bytes client_data, decode(in.client_data));
  FOB_TRY(const Bytes object, decode(in.attestation_object));
  CredentialClaim claim;
  claim.rp_id = context_.settings.rp_id;
  FOB_TRY(claim.credential_id, decode(in.credential_id));
  FOB_TRY(claim.client_data_hash,
          context_.verifier.CheckBrowserData(AsText(client_data), {BrowserCeremony::kCreate, enrolment.challenge, WebOrigins(context_.settings)}));
  FOB_TRY(AttestationObject parts, context_.verifier.ReadAttestationObject(object));
  claim.format = std::move(parts.format);
  claim.attestation_statement = std::move(parts.statement);
  claim.auth_data = std::move(parts.auth_data);
  claim.now = context_.clock.UnixSeconds();
  FOB_TRY(KeyRecord key, context_.verifier.VerifyCredential(claim));
  FOB_CHECK(CheckAttestation(context_.settings.attestation, key));
  key.id = context_.random.Id("key_");
  key.user = enrolment.account.name;
  key.name = enrolment.name;
  key.rp_id = claim.rp_id;
  key.discoverable = enrolment.discoverable;
  for (const std::string& transport : in.transports) {
    const bool word = !transport.empty() && transport.size() <= 32 && transport.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos;
    if (word && key.transports.size() < kMaxTransports) key.transports.push_back(transport);
  }
  key.created_at = claim.now;
  return key;
}

void WebAccount::FinishKey(const Peer& peer, proto::web::FinishKey::In in, Reply<proto::web::FinishKey> reply) {
  const auto given = std::make_shared<proto::web::FinishKey::In>(std::move(in));
  FindPeer(peer, given->session, [this, given, reply = std::move(reply)](Result<Peer> acting) mutable {
    if (!acting.ok()) return reply(acting.error());
    const auto enrolment = Find(given->attempt, given->session);
    if (!enrolment.ok()) return reply(enrolment.error());
    Remove(given->attempt);  // its challenge is answered once
    auto key = Verify(**enrolment, *given);
    const Store::NewFactor factor = NewFactor(*acting, **enrolment, EnrolActionName(EnrolAction::kEnrolKey));
    if (!key.ok()) return RefuseCaller(context_, *acting, factor.audit, key.error(), std::move(reply));
    context_.store.Write([factor, key = *key](Store& store) { return store.AddKey(factor, key); },
                         [this, acting = *acting, audit = factor.audit, reply = std::move(reply)](Result<KeyRecord> added) mutable {
                           if (added.ok()) return reply(proto::web::FinishKey::Out{Present(*added)});
                           RefuseCaller(context_, acting, audit, added.error(), std::move(reply));
                         });
  });
}

void WebAccount::BeginOtp(const Peer& peer, proto::web::BeginOtp::In in, Reply<proto::web::BeginOtp> reply) {
  auto enrolment = std::make_shared<Enrolment>();
  enrolment->session_hash = context_.HashText(in.session);
  enrolment->name = std::move(in.name);
  FindUser(peer, in.session, [this, enrolment, reply = std::move(reply)](Result<User> user) {
    if (!user.ok()) return reply(user.error());
    if (const Status good = CheckNew(enrolment->name, user->factors.otps, kMaxOtpsOfUser); !good.ok()) return reply(good.error());
    enrolment->account = user->account;
    enrolment->sub = user->factors.user.sub;
    OtpRecord& otp = enrolment->otp;
    otp.id = context_.random.Id("otp_");
    otp.user = user->account.name;
    otp.name = enrolment->name;
    otp.secret = context_.random.TakeSecret(kOtpSecret);
    otp.created_at = context_.clock.UnixSeconds();
    auto attempt = Add(enrolment);
    if (!attempt.ok()) return reply(attempt.error());
    reply(proto::web::BeginOtp::Out{*std::move(attempt), context_.verifier.OtpAuthUri(otp, context_.settings.rp_id),
                                    Base32Encode(otp.secret)});
  });
}

void WebAccount::FinishOtp(const Peer& peer, proto::web::FinishOtp::In in, Reply<proto::web::FinishOtp> reply) {
  const auto given = std::make_shared<proto::web::FinishOtp::In>(std::move(in));
  FindPeer(peer, given->session, [this, given, reply = std::move(reply)](Result<Peer> acting) mutable {
    if (!acting.ok()) return reply(acting.error());
    const auto found = Find(given->attempt, given->session);
    if (!found.ok()) return reply(found.error());
    const EnrolmentPtr enrolment = *found;
    const auto step = MatchCode(context_, enrolment->otp, given->code);
    const Store::NewFactor factor = NewFactor(*acting, *enrolment, EnrolActionName(EnrolAction::kEnrolOtp));
    if (!step.ok()) {
      if (++enrolment->tries >= kMaxTries) Remove(given->attempt);
      return RefuseCaller(context_, *acting, factor.audit, step.error(), std::move(reply));
    }
    enrolment->otp.last_step = *step;
    Remove(given->attempt);
    context_.store.Write([factor, enrolment](Store& store) { return store.AddOtp(factor, enrolment->otp); },
                         [this, acting = *acting, audit = factor.audit, reply = std::move(reply)](Result<OtpRecord> added) mutable {
                           if (added.ok()) return reply(proto::web::FinishOtp::Out{Present(*added)});
                           RefuseCaller(context_, acting, audit, added.error(), std::move(reply));
                         });
  });
}

}  // namespace fob::core
