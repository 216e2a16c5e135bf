#include "daemon/core/web_login_service.h"

#include <algorithm>

#include "base/encoding.h"
#include "daemon/core/path_verdict.h"
#include "daemon/core/redirect_uri.h"
#include "daemon/core/web_decoys.h"
#include "daemon/core/web_login_turn.h"

// From a browser that nobody has signed in in to one whose user is known by name.
namespace fob::core {
namespace {

constexpr size_t kSmallestHandle = 16;  // bytes that a browser's own value has at least
constexpr int64_t kKeyTimeoutMs = 120'000;

Error NoAttempt() { return MakeError(Code::kNotFound, "attempt", "this login is over, or was begun elsewhere: begin again"); }

}  // namespace

std::vector<std::string> WebOrigins(const Settings& settings) {
  std::vector<std::string> origins = settings.web_origins;
  origins.push_back(OriginOf(settings.issuer));
  return origins;
}

Result<std::shared_ptr<WebAttempt>> WebLoginService::Find(const SecretBytes& browser, const Bytes& hash) {
  auto attempt = attempts_.Find(hash, context_.clock.MonotonicMs());
  if (attempt == nullptr || attempt->browser_hash != context_.HashText(browser)) return NoAttempt();
  return attempt;
}

Result<WebLoginService::TurnPtr> WebLoginService::Begin(const Peer& peer, const SecretBytes& browser, SecretBytes attempt,
                                                        Done done) {
  auto turn = std::make_shared<Turn>();
  turn->hash = context_.HashText(attempt);
  FOB_TRY(turn->attempt, Find(browser, turn->hash));
  if (!turn->attempt->login.empty()) return NoAttempt();
  if (turn->attempt->busy) {
    return MakeError(Code::kConflict, "attempt_busy", "an answer is being looked at: wait for what comes of it");
  }
  turn->attempt->busy = true;
  turn->peer = peer;
  turn->secret = std::move(attempt);
  turn->done = std::move(done);
  turn->began_ms = context_.clock.MonotonicMs();
  return turn;
}

void WebLoginService::BeginLogin(const Peer& peer, proto::web::BeginLogin::In in, Reply<proto::web::BeginLogin> reply) {
  if (in.browser.size() < kSmallestHandle || in.browser.size() > 256) {
    return reply(MakeError(Code::kInvalidArgument, "bad_browser", "a browser is named by 256 random bits"));
  }
  if (in.rhost.empty() || in.rhost.size() > 64 || !IsPrintable(in.rhost)) {
    return reply(MakeError(Code::kInvalidArgument, "bad_rhost", "rhost is the browser's address"));
  }
  auto turn = std::make_shared<Turn>();
  turn->peer = peer;
  turn->secret = context_.NewBearer("attempt_");
  turn->hash = context_.HashText(turn->secret);
  auto attempt = std::make_shared<WebAttempt>();
  attempt->browser_hash = context_.HashText(in.browser);
  attempt->rhost = std::move(in.rhost);
  attempt->acr = in.acr.value_or("");
  attempt->challenge = context_.random.Take(32);
  attempt->public_offers.key = true;
  const int64_t now = context_.clock.MonotonicMs();
  attempt->expires_at_ms = now + WebAttempts::kLifetimeMs;
  attempt->expires_at = context_.clock.UnixSeconds() + WebAttempts::kLifetimeMs / 1000;
  if (const Status added = attempts_.Add(turn->hash, attempt, now); !added.ok()) return reply(added.error());
  turn->attempt = std::move(attempt);
  reply(proto::web::BeginLogin::Out{StepOf(*turn, "")});
}

void WebLoginService::ShowAttempt(const Peer& peer, proto::web::ShowAttempt::In in, Reply<proto::web::ShowAttempt> reply) {
  Turn turn;
  turn.peer = peer;
  turn.hash = context_.HashText(in.attempt);
  auto found = Find(in.browser, turn.hash);
  if (!found.ok() || !(*found)->login.empty()) return reply(NoAttempt());
  turn.attempt = *std::move(found);
  turn.secret = std::move(in.attempt);
  WithDecoyKey(std::make_shared<Turn>(std::move(turn)), [this, reply = std::move(reply)](TurnPtr ready) {
    reply(proto::web::ShowAttempt::Out{StepOf(*ready, "")});
  });
}

void WebLoginService::Identify(const Peer& peer, proto::web::Identify::In in, Reply<proto::web::Identify> reply) {
  if (const Status named = CheckUserName(in.user); !named.ok()) return reply(named.error());
  const auto shared = std::make_shared<Reply<proto::web::Identify>>(std::move(reply));
  auto turn = Begin(peer, in.browser, std::move(in.attempt), [shared](Result<proto::Step> step) {
    if (!step.ok()) return (*shared)(step.error());
    (*shared)(proto::web::Identify::Out{*std::move(step)});
  });
  if (!turn.ok()) return (*shared)(turn.error());
  if ((*turn)->attempt->identified && !(*turn)->attempt->proof.evidence.empty()) {
    return Finish(*turn, MakeError(Code::kConflict, "already_known", "this login is somebody's already: begin another"));
  }
  Look(*turn, in.user, [this](TurnPtr known) { Finish(known, StepOf(*known, "")); });
}

void WebLoginService::Look(TurnPtr turn, const std::string& user, UniqueFunction<void(TurnPtr)> then) {
  WebAttempt& attempt = *turn->attempt;
  attempt.typed = user;
  attempt.identified = true;
  attempt.proof = {};
  attempt.run.reset();
  // Before anything is proved nobody is told what is asked of this very user.
  Account anybody;
  anybody.name = user;
  const Rule& rule = context_.policy.Decide({std::string(kWebService), &anybody, Locality::kRemote});
  if (rule.action == Rule::Action::kRequire) {
    attempt.public_offers = OffersOf({rule.require, {}, ""});
  } else {
    attempt.public_offers = {};
    attempt.public_offers.key = attempt.public_offers.password = true;
  }
  context_.host.AccountByName(user, [this, turn, then = std::move(then)](Result<Account> account) mutable {
    OnAccount(turn, std::move(account), std::move(then));
  });
}

void WebLoginService::OnAccount(TurnPtr turn, Result<Account> account, UniqueFunction<void(TurnPtr)> then) {
  if (!account.ok() && account.error().code != Code::kNotFound) return Finish(turn, account.error());
  WebAttempt& attempt = *turn->attempt;
  attempt.usable = account.ok() ? Ok() : Status(Denied("unknown_user", "there is no such account"));
  attempt.account = account.ok() ? *std::move(account) : Account{attempt.typed, 0xffffffff, 0xffffffff, {}};
  // Who is not there is looked for all the same.
  context_.store.ReadFew(
      [name = attempt.account.name, uid = attempt.account.uid](Store& store) { return store.LoadFactors(name, uid); },
      [this, turn, then = std::move(then)](Result<UserFactors> factors) mutable {
        OnFactors(turn, std::move(factors), std::move(then));
      });
}

void WebLoginService::OnFactors(TurnPtr turn, Result<UserFactors> factors, UniqueFunction<void(TurnPtr)> then) {
  WebAttempt& attempt = *turn->attempt;
  const bool missing = !factors.ok() && (factors.error().code == Code::kNotFound || factors.error().code == Code::kConflict);
  if (!factors.ok() && !missing) return Finish(turn, factors.error());
  const Rule& rule = context_.policy.Decide({std::string(kWebService), &attempt.account, Locality::kRemote});
  attempt.rule = rule.name;
  const auto unusable = [&](std::string_view reason, std::string text) {
    if (attempt.usable.ok()) attempt.usable = Denied(reason, std::move(text));
  };
  if (missing) unusable(factors.error().reason == "user_changed" ? "user_changed" : "not_enrolled", "no factor is enrolled");
  if (factors.ok()) {
    if (!factors->any()) unusable("not_enrolled", "no factor is enrolled");
    if (factors->user.uid != attempt.account.uid) unusable("user_changed", "the account is not the one that was enrolled");
    if (factors->user.locked_at.has_value()) unusable("user_locked", "an administrator has locked this user");
  }
  if (rule.action != Rule::Action::kRequire) unusable("policy", "policy (" + rule.name + ") lets nobody in this way");
  if (attempt.usable.ok()) {
    std::erase_if(factors->keys, [this](const KeyRecord& key) { return key.rp_id != context_.settings.rp_id; });
    attempt.proof.paths = rule.require;
    const bool stronger = RankOf(attempt.acr) > RankOf(BestAcr(factors->keys));
    attempt.proof.acr = stronger ? BestAcr(factors->keys) : attempt.acr;
    attempt.run = std::make_shared<ProofRun>(
        context_, attempt.nobody,
        ProofSubject{turn->peer, true, std::string(kWebService), "", "", attempt.account, Locality::kRemote, *std::move(factors)},
        [weak = std::weak_ptr(turn->attempt)](EnrolEvent event) {
          const auto self = weak.lock();
          auto* proof = std::get_if<ProofEvent>(&event);
          if (self == nullptr || proof == nullptr || !self->verified) return;
          const auto to = std::exchange(self->verified, {});
          if (auto* verified = std::get_if<Verified>(proof)) return to(std::move(verified->evidence));
          to(Denied("out_of_step", "the code is of a counter that ran ahead"));
        });
  }
  WithDecoyKey(turn, std::move(then));
}

void WebLoginService::WithDecoyKey(TurnPtr turn, UniqueFunction<void(TurnPtr)> then) {
  if (!decoy_key_.empty()) return then(turn);
  context_.store.ReadFew([](Store& store) { return store.DecoyKey(); },
                         [this, turn, then = std::move(then)](Result<Bytes> key) {
                           if (!key.ok()) return turn->done ? Finish(turn, key.error()) : void();
                           decoy_key_ = *std::move(key);
                           then(turn);
                         });
}

WebOffers WebLoginService::Offers(const WebAttempt& attempt) const {
  return attempt.proof.evidence.empty() ? attempt.public_offers : OffersOf(attempt.proof);
}

proto::KeyOptions WebLoginService::OptionsOf(const WebAttempt& attempt) const {
  proto::KeyOptions out;
  out.challenge = Base64UrlEncode(attempt.challenge);
  out.rp_id = context_.settings.rp_id;
  out.rp_name = context_.settings.rp_id;
  using Uv = proto::KeyOptions::UserVerification;
  out.user_verification = Offers(attempt).key_uv ? Uv::kRequired : Uv::kPreferred;
  out.timeout_ms = kKeyTimeoutMs;
  if (!attempt.identified) return out;
  if (attempt.run != nullptr) {
    for (const KeyRecord& key : attempt.run->keys()) {
      out.credentials.push_back({Base64UrlEncode(key.credential_id), key.transports});
    }
  }
  if (out.credentials.empty()) out.credentials.push_back(DecoyFor(context_.web_crypto, decoy_key_, attempt.typed));
  return out;
}

proto::Step WebLoginService::StepOf(const Turn& turn, std::string message) const {
  const WebAttempt& attempt = *turn.attempt;
  proto::Step step;
  step.attempt = turn.secret.Clone();
  if (attempt.identified) step.user = attempt.typed;
  step.expires_at = attempt.expires_at;
  if (!message.empty()) step.message = std::move(message);
  using Offer = proto::Step::Offers;
  const WebOffers offers = Offers(attempt);
  if (offers.key) {
    step.offers.push_back(Offer::kKey);
    step.key = OptionsOf(attempt);
  }
  if (offers.password) step.offers.push_back(Offer::kPassword);
  if (offers.code) step.offers.push_back(Offer::kCode);
  return step;
}

std::string WebLoginService::LoginFor(const SecretBytes& attempt, const Bytes& request_hash) {
  const auto found = attempts_.Find(context_.HashText(attempt), context_.clock.MonotonicMs());
  if (found == nullptr || found->login.empty()) return {};
  if (found->request_hash.empty()) found->request_hash = request_hash;
  return found->request_hash == request_hash ? found->login : "";
}

void WebLoginService::Finish(TurnPtr turn, Result<proto::Step> step) {
  turn->attempt->busy = false;
  const Done done = std::exchange(turn->done, {});
  if (done) done(std::move(step));
}

}  // namespace fob::core
