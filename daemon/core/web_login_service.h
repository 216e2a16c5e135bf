#pragma once

#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "daemon/core/web_attempt.h"
#include "daemon/core/web_sessions.h"
#include "proto/messages.h"

namespace fob::core {

// The part of org.fobd.Web that signs browsers in. Nobody learns whether a username exists, what it has enrolled
// or whether it is held back, before something of it was proved: until then every answer is of one kind, and one
// that refuses comes no sooner than another.
class WebLoginService {
 public:
  WebLoginService(const Context& context, WebSessions& sessions) : context_(context), sessions_(sessions) {}

  void BeginLogin(const Peer& peer, proto::web::BeginLogin::In in, Reply<proto::web::BeginLogin> reply);
  void Identify(const Peer& peer, proto::web::Identify::In in, Reply<proto::web::Identify> reply);
  void ShowAttempt(const Peer& peer, proto::web::ShowAttempt::In in, Reply<proto::web::ShowAttempt> reply);
  void ProveKey(const Peer& peer, proto::web::ProveKey::In in, Reply<proto::web::ProveKey> reply);
  void ProvePassword(const Peer& peer, proto::web::ProvePassword::In in, Reply<proto::web::ProvePassword> reply);
  void ProveCode(const Peer& peer, proto::web::ProveCode::In in, Reply<proto::web::ProveCode> reply);

  // The login that an attempt ended in, where the attempt was begun for this very request: the first that asks has
  // it. Empty: it ended in none, or belongs to another request.
  std::string LoginFor(const SecretBytes& attempt, const Bytes& request_hash);

 private:
  using Done = UniqueFunction<void(Result<proto::Step>)>;
  struct Turn;
  using TurnPtr = std::shared_ptr<Turn>;
  struct Answer;

  // kNotFound/"attempt", kConflict/"attempt_busy": then nothing was begun.
  Result<TurnPtr> Begin(const Peer& peer, const SecretBytes& browser, SecretBytes attempt, Done done);
  Result<std::shared_ptr<WebAttempt>> Find(const SecretBytes& browser, const Bytes& hash);
  void OnAccount(TurnPtr turn, Result<Account> account, UniqueFunction<void(TurnPtr)> then);
  void OnFactors(TurnPtr turn, Result<UserFactors> factors, UniqueFunction<void(TurnPtr)> then);
  void Look(TurnPtr turn, const std::string& user, UniqueFunction<void(TurnPtr)> then);
  void WithDecoyKey(TurnPtr turn, UniqueFunction<void(TurnPtr)> then);

  void FindKeysUser(TurnPtr turn, std::shared_ptr<Answer> answer, std::string user_handle);
  void RefuseHandle(TurnPtr turn);
  void CheckAnswer(TurnPtr turn, std::shared_ptr<Answer> answer);
  void OnPassword(TurnPtr turn, const Status& checked);
  // What the attempt's ProofRun verifies comes to `turn`.
  void Await(TurnPtr turn);
  void OnVerified(TurnPtr turn, Result<std::optional<Evidence>> verified);
  void Commit(TurnPtr turn, const Evidence& evidence);
  void OnCommitted(TurnPtr turn, const Status& committed);
  LoginRecord NewLogin(const WebAttempt& attempt) const;
  // Answers no sooner than any other refusal.
  void Refuse(TurnPtr turn, const Error& error, std::string message);
  void Finish(TurnPtr turn, Result<proto::Step> step);
  proto::Step StepOf(const Turn& turn, std::string message) const;
  proto::KeyOptions OptionsOf(const WebAttempt& attempt) const;
  WebOffers Offers(const WebAttempt& attempt) const;
  AuditEntry Audit(const Turn& turn, std::string_view action) const;

  const Context& context_;
  WebSessions& sessions_;
  WebAttempts attempts_;
  Bytes decoy_key_;
};

// Where pages that may ask a key are.
std::vector<std::string> WebOrigins(const Settings& settings);

}  // namespace fob::core
