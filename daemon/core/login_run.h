#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/core/ceremony.h"
#include "daemon/core/context.h"
#include "daemon/core/conversation.h"
#include "daemon/core/login_ceremony.h"
#include "daemon/core/machine.h"
#include "daemon/core/proof_run.h"

namespace fob::core {

// What a login's Begin asked for.
struct LoginRequest {
  Peer peer;
  std::string user;
  std::string service;
  std::string tty;
  std::string rhost;
  std::vector<Evidence> vouched;
  int64_t timeout_ms = 0;
};

// Runs the effects of one LoginCeremony against the ports and feeds it what comes of them.
class LoginRun final : public Ceremony, public std::enable_shared_from_this<LoginRun> {
 public:
  LoginRun(const Context& context, LoginRequest request, TurnSink sink);

  void Start();
  void Answer(SecretBytes answer, TurnSink sink) override;
  void Abandon() override;

 private:
  // Gathering what the policy needs, in order; each ends in the next or in Refuse.
  void OnParties(Result<Parties> parties);
  void OnFactors(Result<UserFactors> factors);
  // Asks for what `rule` wants of who has `factors`. kDenied: there is no way.
  Status Ask(const Rule& rule, UserFactors factors);
  // Somebody in the network, who may be guessing at names.
  bool FromAfar() const;
  // Refuses for what the account is or lacks. Who is afar is asked all the same, and hears of a wrong code.
  void RefuseAccount(const Error& error);
  bool ForOthers() const { return context_.authority.MayRunLogins(request_.peer, request_.service); }

  void OnProof(ProofEvent event);
  void Feed(LoginEvent event);
  void Run(LoginEffect effect);
  void Commit(const CommitLogin& proved);
  // The store cannot take this proof: whether it may pass as an event.
  bool PassesWithoutStore(const CommitLogin& proved, const ProofCommit& commit) const;
  void CommitWithoutStore(ProofCommit commit);
  // Whether this ceremony ends in a login, or only in an event.
  bool YieldsLogin() const;
  LoginRecord NewLogin() const;

  AuditEntry Audit() const;
  void Skip();
  void Refuse(const Error& error);
  void ReplyRefusal(const Error& error);
  void Grant();

  template <typename Method>
  auto Later(Method method) {
    return [weak = weak_from_this(), method](auto result) {
      if (auto self = weak.lock()) ((*self).*method)(std::move(result));
    };
  }

  const Context& context_;
  LoginRequest request_;
  Conversation conversation_;
  Machine<LoginCeremony, LoginEvent> machine_;
  bool over_ = false;

  Account account_;
  Locality locality_ = Locality::kUnknown;
  const Rule* rule_ = nullptr;
  std::string boot_id_;
  std::string program_;  // the caller's, by the kernel's word
  std::shared_ptr<ProofRun> proof_;
  std::vector<Evidence> evidence_;  // vouched for, then verified
  std::optional<LoginRecord> login_;
  SecretBytes handle_;
  std::unique_ptr<Timers::Handle> deadline_;
  std::optional<Error> hidden_;  // why a stranger is refused: the trail is told, and nobody else
  std::optional<int64_t> answered_at_ms_;
  std::unique_ptr<Timers::Handle> pace_;
};

}  // namespace fob::core
