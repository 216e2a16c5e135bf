#include <algorithm>

#include "base/encoding.h"
#include "daemon/core/web_login_turn.h"

// What a browser's user proves: keys, passwords, codes.
namespace fob::core {
namespace {

constexpr int kMaxFailures = 10;              // of one attempt
constexpr int64_t kRefusalMs = 400;           // from a wrong answer to what is said of it, at least
constexpr size_t kMaxClientData = 4 * 1024;   // bytes
constexpr size_t kMaxSignature = 1024;
constexpr size_t kMaxPassword = 512;

constexpr std::string_view kNotAccepted =
    "That was not accepted. After several wrong answers in a row, wait a while before the next one.";
constexpr std::string_view kNeedsUv = "This key has to verify you as well: use its PIN or fingerprint.";
constexpr std::string_view kNotEnrolled =
    "This account has no security key or code yet: an administrator can help.";

Result<Bytes> Decode(std::string_view text, size_t most, std::string_view what) {
  auto bytes = Base64UrlDecode(text);
  if (bytes.ok() && !bytes->empty() && bytes->size() <= most) return bytes;
  return MakeError(Code::kInvalidArgument, "bad_answer", std::string(what) + " is not base64url of a sensible size");
}

template <typename Method>
UniqueFunction<void(Result<proto::Step>)> StepTo(std::shared_ptr<Reply<Method>> reply) {
  return [reply = std::move(reply)](Result<proto::Step> step) {
    if (!step.ok()) return (*reply)(step.error());
    (*reply)(typename Method::Out{*std::move(step)});
  };
}

}  // namespace

void WebLoginService::ProveKey(const Peer& peer, proto::web::ProveKey::In in, Reply<proto::web::ProveKey> reply) {
  auto answer = std::make_shared<Answer>();
  Bytes handle;
  const auto read = [&]() -> Status {
    FOB_TRY(const Bytes client_data, Decode(in.client_data, kMaxClientData, "client_data"));
    answer->client_data = AsText(client_data);
    FOB_TRY(answer->claim.credential_id, Decode(in.credential_id, 1023, "credential_id"));
    FOB_TRY(answer->claim.auth_data, Decode(in.auth_data, 2048, "auth_data"));
    FOB_TRY(answer->claim.signature, Decode(in.signature, kMaxSignature, "signature"));
    if (in.user_handle.has_value() && !in.user_handle->empty()) {
      FOB_TRY(handle, Decode(*in.user_handle, 64, "user_handle"));
    }
    return Ok();
  };
  if (const Status good = read(); !good.ok()) return reply(good.error());
  const auto shared = std::make_shared<Reply<proto::web::ProveKey>>(std::move(reply));
  auto turn = Begin(peer, in.browser, std::move(in.attempt), StepTo<proto::web::ProveKey>(shared));
  if (!turn.ok()) return (*shared)(turn.error());
  std::string said(AsText(handle));
  if (!(*turn)->attempt->identified) return FindKeysUser(*turn, std::move(answer), std::move(said));
  const WebAttempt& attempt = *(*turn)->attempt;
  if (!said.empty() && attempt.run != nullptr && said != attempt.run->factors().user.sub) return RefuseHandle(*turn);
  CheckAnswer(*turn, std::move(answer));
}

// A passkey tells whose it is; that it is is for the signature to prove.
void WebLoginService::FindKeysUser(TurnPtr turn, std::shared_ptr<Answer> answer, std::string user_handle) {
  context_.store.ReadFew(
      [id = answer->claim.credential_id](Store& store) { return store.FindCredential(id); },
      [this, turn, answer, user_handle = std::move(user_handle)](Result<KeyRecord> key) {
        if (!key.ok() && key.error().code != Code::kNotFound) return Finish(turn, key.error());
        if (!key.ok() || user_handle.empty()) {
          return Refuse(turn, Denied("unknown_key", "no such key is enrolled"), std::string(kNotAccepted));
        }
        Look(turn, key->user, [this, answer, user_handle](TurnPtr known) {
          const WebAttempt& attempt = *known->attempt;
          if (attempt.run == nullptr || user_handle == attempt.run->factors().user.sub) return CheckAnswer(known, answer);
          RefuseHandle(known);
        });
      });
}

void WebLoginService::RefuseHandle(TurnPtr turn) {
  turn->attempt->challenge = context_.random.Take(32);  // it was answered
  Refuse(turn, Denied("wrong_user_handle", "the key is another user's"), std::string(kNotAccepted));
}

void WebLoginService::CheckAnswer(TurnPtr turn, std::shared_ptr<Answer> answer) {
  WebAttempt& attempt = *turn->attempt;
  // Each challenge is answered once.
  const Bytes challenge = std::exchange(attempt.challenge, context_.random.Take(32));
  if (!Offers(attempt).key) {
    return Finish(turn, MakeError(Code::kConflict, "not_offered", "a key is not asked for now"));
  }
  if (!attempt.usable.ok()) return Refuse(turn, attempt.usable.error(), std::string(kNotAccepted));
  Await(turn);
  auto hash = context_.verifier.CheckBrowserData(answer->client_data, {BrowserCeremony::kGet, challenge, WebOrigins(context_.settings)});
  if (!hash.ok()) return attempt.run->FailKey(hash.error());
  answer->claim.client_data_hash = *std::move(hash);
  attempt.run->VerifyAnswer(answer->claim);
}

void WebLoginService::ProveCode(const Peer& peer, proto::web::ProveCode::In in, Reply<proto::web::ProveCode> reply) {
  const auto shared = std::make_shared<Reply<proto::web::ProveCode>>(std::move(reply));
  auto begun = Begin(peer, in.browser, std::move(in.attempt), StepTo<proto::web::ProveCode>(shared));
  if (!begun.ok()) return (*shared)(begun.error());
  const TurnPtr turn = *begun;
  WebAttempt& attempt = *turn->attempt;
  if (!Offers(attempt).code) {
    return Finish(turn, MakeError(Code::kConflict, "not_offered", "a code is asked for after the password only"));
  }
  if (!attempt.usable.ok() || in.code.size() > 64) {
    return Refuse(turn, attempt.usable.ok() ? Denied("wrong_code", "that code is not right") : attempt.usable.error(),
                  std::string(kNotAccepted));
  }
  CodeKinds kinds;
  for (const FactorPath& path : attempt.proof.paths) {
    if (path.empty()) continue;
    kinds.totp = kinds.totp || path.front() == Factor::kTotp;
    kinds.hotp = kinds.hotp || path.front() == Factor::kHotp;
    kinds.recovery = kinds.recovery || path.front() == Factor::kRecovery;
  }
  Await(turn);
  attempt.run->Run(VerifyCode{std::move(in.code), kinds});
}

void WebLoginService::ProvePassword(const Peer& peer, proto::web::ProvePassword::In in, Reply<proto::web::ProvePassword> reply) {
  const auto shared = std::make_shared<Reply<proto::web::ProvePassword>>(std::move(reply));
  if (in.password.empty() || in.password.size() > kMaxPassword || in.password.RevealText().find('\0') != std::string_view::npos) {
    return (*shared)(MakeError(Code::kInvalidArgument, "bad_password", "a password has 1 to 512 bytes"));
  }
  auto begun = Begin(peer, in.browser, std::move(in.attempt), StepTo<proto::web::ProvePassword>(shared));
  if (!begun.ok()) return (*shared)(begun.error());
  const TurnPtr turn = *begun;
  const WebAttempt& attempt = *turn->attempt;
  if (!attempt.identified || !Offers(attempt).password) {
    return Finish(turn, MakeError(Code::kConflict, "not_offered", "a password is not asked for now"));
  }
  if (attempt.run != nullptr) {
    const Status may = attempt.run->attempts().MayTry(Factor::kPassword, Locality::kRemote, context_.clock.UnixSeconds());
    if (!may.ok()) return Refuse(turn, may.error(), std::string(kNotAccepted));
  }
  // Also for who is not there, or may not: it takes PAM the same time, and tells the same.
  context_.passwords.Check({attempt.account.name, attempt.rhost, std::move(in.password)},
                           [this, turn](const Status& checked) { OnPassword(turn, checked); });
}

void WebLoginService::OnPassword(TurnPtr turn, const Status& checked) {
  WebAttempt& attempt = *turn->attempt;
  if (!checked.ok() && checked.error().code != Code::kDenied) return Finish(turn, checked.error());
  if (!attempt.usable.ok()) {
    const bool helps = checked.ok() && attempt.usable.error().reason == "not_enrolled";
    return Refuse(turn, attempt.usable.error(), std::string(helps ? kNotEnrolled : kNotAccepted));
  }
  Await(turn);
  if (!checked.ok()) return attempt.run->Fail({Factor::kPassword}, checked.error());
  attempt.run->Vouch({Factor::kPassword, "", false});
}

void WebLoginService::Await(TurnPtr turn) {
  turn->attempt->verified = [this, turn](Result<std::optional<Evidence>> verified) { OnVerified(turn, std::move(verified)); };
}

void WebLoginService::OnVerified(TurnPtr turn, Result<std::optional<Evidence>> verified) {
  if (!verified.ok() || !verified->has_value()) {
    const Error error = verified.ok() ? Denied("nothing", "nothing was proved") : verified.error();
    if (error.code != Code::kDenied && error.code != Code::kCorrupt) return Finish(turn, error);
    return Refuse(turn, error, std::string(kNotAccepted));
  }
  const Evidence evidence = **verified;
  if (!Accept(turn->attempt->proof, evidence)) {
    const bool touched = evidence.factor == Factor::kKey;
    return Refuse(turn, Denied("not_enough", "the rule asks for another factor"), std::string(touched ? kNeedsUv : kNotAccepted));
  }
  Commit(turn, evidence);
}

LoginRecord WebLoginService::NewLogin(const WebAttempt& attempt) const {
  const UserRecord& user = attempt.run->factors().user;
  const std::vector<Evidence>& evidence = attempt.proof.evidence;
  const int64_t now = context_.forward.Now();
  LoginRecord login;
  login.id = context_.random.Id("login_");
  login.user_id = user.id;
  login.user = attempt.account.name;
  login.sub = user.sub;
  login.uid = attempt.account.uid;
  login.service = kWebService;
  login.rhost = attempt.rhost;
  login.factors = FactorNames(evidence);
  login.amr = AmrOf(evidence);
  login.acr = AcrOf(evidence);
  login.multi_factor = IsMultiFactor(evidence);
  login.rule = attempt.rule;
  for (const Evidence& one : evidence) {
    if (one.id.starts_with("key_")) login.key = one.id;
    if (one.id.starts_with("otp_")) login.otp = one.id;
  }
  login.authenticated_at = context_.clock.UnixSeconds();
  login.confirmed_at = now;
  login.expires_at = now + context_.settings.login_lifetime;
  login.boot_id = context_.host.BootId();
  login.kernel_session = kBrowserSession;
  return login;
}

void WebLoginService::Commit(TurnPtr turn, const Evidence& evidence) {
  WebAttempt& attempt = *turn->attempt;
  ProofCommit commit = attempt.run->TakeCommit(evidence);
  const bool done = OffersOf(attempt.proof).done;
  commit.audit = Audit(*turn, done ? "login" : "login.prove");
  commit.audit.subject = evidence.id;
  commit.audit.detail = FactorName(evidence.factor);
  if (done) {
    commit.audit.detail.clear();
    for (const std::string& name : FactorNames(attempt.proof.evidence)) {
      commit.audit.detail += (commit.audit.detail.empty() ? "" : " ") + name;
    }
    turn->login = NewLogin(attempt);
    turn->session = context_.NewBearer("session_");
    commit.login = turn->login;
    commit.session_hash = context_.HashText(turn->session);
  }
  turn->forgiven = commit.forgiven;
  context_.store.Write([commit = std::move(commit)](Store& store) { return store.CommitProof(commit); },
                       [this, turn](const Status& committed) { OnCommitted(turn, committed); });
}

void WebLoginService::OnCommitted(TurnPtr turn, const Status& committed) {
  WebAttempt& attempt = *turn->attempt;
  if (!committed.ok()) {
    // What it had proved before counts no more: a code was used meanwhile, or a factor is gone.
    attempts_.Remove(turn->hash);
    attempt.proof.evidence.clear();
    if (committed.error().code != Code::kDenied) return Finish(turn, committed.error());
    attempt.failures = kMaxFailures;
    return Refuse(turn, committed.error(), "");
  }
  attempt.run->Forgive(turn->forgiven);
  if (!turn->login.has_value()) return Finish(turn, StepOf(*turn, ""));
  attempt.login = turn->login->id;
  attempt.run.reset();
  attempt.proof.paths.clear();
  proto::Step step;
  step.attempt = turn->secret.Clone();
  step.user = turn->login->user;
  step.expires_at = attempt.expires_at;
  step.session = std::move(turn->session);
  step.signed_in = sessions_.Present(*turn->login);
  Finish(turn, std::move(step));
}

AuditEntry WebLoginService::Audit(const Turn& turn, std::string_view action) const {
  const WebAttempt& attempt = *turn.attempt;
  AuditEntry entry = context_.Audit(turn.peer, action, UserForTrail(attempt.run != nullptr ? attempt.account.name : attempt.typed));
  entry.service = kWebService;
  entry.rhost = attempt.rhost;
  entry.rule = attempt.rule;
  return entry;
}

void WebLoginService::Refuse(TurnPtr turn, const Error& error, std::string message) {
  WebAttempt& attempt = *turn->attempt;
  ++attempt.failures;
  AuditEntry entry = Audit(*turn, "login");
  if (attempt.run != nullptr) entry.subject = attempt.run->claimed_key();
  Refused(entry, error);
  if (attempt.run != nullptr) attempt.run->NameTried(entry);
  Result<proto::Step> answer = StepOf(*turn, std::move(message));
  if (attempt.failures >= kMaxFailures) {
    attempts_.Remove(turn->hash);
    answer = Denied("attempt_over", "this login had too many wrong answers, or what it had proved counts no more: begin again");
  }
  const auto shared = std::make_shared<Result<proto::Step>>(std::move(answer));
  const auto later = [this, turn, shared] {
    const int64_t left = kRefusalMs - (context_.clock.MonotonicMs() - turn->began_ms);
    if (left <= 0) return Finish(turn, std::move(*shared));
    turn->delay = context_.timers.After(left, [this, turn, shared] { Finish(turn, std::move(*shared)); });
  };
  // Of users who are there each one is kept; of names that anybody makes up, as many as the trail has room for.
  const bool room = context_.limits.refusals.Take(turn->peer.uid);
  if (attempt.run == nullptr && !room) return later();
  context_.RecordThen(std::move(entry), later);
}

}  // namespace fob::core
