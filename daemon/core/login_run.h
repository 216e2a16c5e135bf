#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/ceremony.h"
#include "daemon/core/context.h"
#include "daemon/core/key_driver.h"
#include "daemon/core/login_ceremony.h"

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
  Result<ProofPlan> Plan() const;
  bool ForOthers() const { return context_.authority.MayRunLogins(request_.peer, request_.service); }

  void Feed(LoginEvent event);
  void Run(LoginEffect effect);
  void RunProof(ProofEffect effect);
  void VerifyCodeNow(const SecretBytes& code);
  void VerifyAssertionNow();
  void Commit(const Evidence& evidence);
  LoginRecord NewLogin(const std::vector<Evidence>& evidence) const;

  AuditEntry Audit() const;
  void Reply(Result<Turn> turn);
  void Skip();
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
  TurnSink sink_;
  LoginCeremony state_;
  std::deque<LoginEvent> events_;
  bool running_ = false;
  bool over_ = false;
  std::optional<Error> refusal_;  // for an answer that comes too late

  Account account_;
  Locality locality_ = Locality::kUnknown;
  const Rule* rule_ = nullptr;
  UserFactors factors_;
  std::string boot_id_;
  std::string program_;  // the caller's, by the kernel's word
  ProofCommit commit_;
  SecretBytes handle_;
  std::unique_ptr<Timers::Handle> deadline_;
  std::unique_ptr<KeyDriver> driver_;
};

}  // namespace fob::core
