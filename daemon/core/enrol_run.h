#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "daemon/core/ceremony.h"
#include "daemon/core/context.h"
#include "daemon/core/enrol_ceremony.h"
#include "daemon/core/key_driver.h"

namespace fob::core {

// What one of org.fobd.Enrol's ceremonies asked for.
struct EnrolRequest {
  Peer peer;
  EnrolAction action = EnrolAction::kEnrolKey;
  std::string user;    // empty: the caller
  std::string factor;  // name of the new one, or name or id of an existing one
  bool discoverable = false;
  OtpRecord otp;  // parameters; its secret when it is imported
  bool otp_subject = false;  // kRemove: an otp, not a key
  int64_t timeout_ms = 0;
};

// Runs the effects of one EnrolCeremony against the ports and feeds it what comes of them.
class EnrolRun final : public Ceremony, public std::enable_shared_from_this<EnrolRun> {
 public:
  EnrolRun(const Context& context, EnrolRequest request, TurnSink sink);

  void Start();
  void Answer(SecretBytes answer, TurnSink sink) override;
  void Abandon() override;

 private:
  void OnAccount(Result<Account> account);
  void OnCaller(Result<CallerFacts> caller);
  void OnFactors(Result<UserFactors> factors);
  Status CheckRequest();
  ProofPlan Plan() const;
  bool MayWakeKeys() const;
  bool trusted() const { return context_.authority.IsTrusted(request_.peer); }

  void Feed(EnrolEvent event);
  void Run(EnrolEffect effect);
  void RunProof(ProofEffect effect);
  KeyDriver& Driver();
  void ProveByCode(const SecretBytes& code);
  void ProveByEnrolCode(const SecretBytes& code);
  void ProveByAssertion();
  void VerifyNewCredential();
  void VerifyNewOtp(const SecretBytes& code);
  void Offer(proto::Ask ask);

  // Makes the proof's own step or counter durable; the change itself.
  void CommitProof(ProofCommit commit, const Evidence& evidence);
  void Commit();
  Store::NewFactor NewFactor() const;

  AuditEntry Audit() const;
  void Reply(Result<Turn> turn);
  void Refuse(const Error& error);
  void Finish();

  const Context& context_;
  EnrolRequest request_;
  TurnSink sink_;
  EnrolCeremony state_;
  std::deque<EnrolEvent> events_;
  bool running_ = false;
  bool over_ = false;
  std::optional<Error> refusal_;  // for an answer that comes too late

  Account account_;
  CallerFacts caller_;
  UserFactors factors_;
  std::string sub_;  // of the user, new or not
  std::vector<KeyRecord> proof_keys_;
  std::optional<Bytes> enrol_code_hash_;
  KeyRecord new_key_;
  OtpRecord new_otp_;
  proto::Done done_;
  std::unique_ptr<Timers::Handle> deadline_;
  std::unique_ptr<KeyDriver> driver_;
};

}  // namespace fob::core
