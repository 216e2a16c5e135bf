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
  bool ForOthers() const { return context_.authority.MayRunLogins(request_.peer, request_.service); }

  void Feed(LoginEvent event);
  void Run(LoginEffect effect);
  void Commit(const CommitLogin& proved);
  // Whether this ceremony ends in a login, or only in an event.
  bool YieldsLogin() const;
  LoginRecord NewLogin() const;

  AuditEntry Audit() const;
  void Skip();
  // The store cannot take this proof: whether it may pass as an event.
  bool PassesWithoutStore(const CommitLogin& proved, const ProofCommit& commit) const;
  void CommitWithoutStore(ProofCommit commit);
  void Refuse(const Error& error);
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
};

}  // namespace fob::core
