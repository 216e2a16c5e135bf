#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/core/ceremony.h"
#include "daemon/core/context.h"
#include "daemon/core/conversation.h"
#include "daemon/core/enrol_ceremony.h"
#include "daemon/core/machine.h"
#include "daemon/core/proof_run.h"

namespace fob::core {

inline constexpr size_t kMaxKeysOfUser = 32;
inline constexpr size_t kMaxOtpsOfUser = 8;

// What one of org.fobd.Enrol's ceremonies asked for.
struct EnrolRequest {
  Peer peer;
  EnrolAction action = EnrolAction::kEnrolKey;
  std::string user;    // empty: the caller
  std::string factor;  // name of the new one, or name or id of an existing one
  std::string new_name;  // kRenameKey
  bool discoverable = false;
  OtpRecord otp;  // parameters; its secret when it is imported
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
  Status CheckRequest(std::vector<KeyRecord>& tested) const;
  ProofPlan Plan() const;
  std::string Purpose() const;
  bool MayWakeKeys() const;
  bool trusted() const { return context_.authority.IsTrusted(request_.peer); }
  const UserFactors& factors() const { return proof_->factors(); }

  void OnProof(EnrolEvent event);
  void OnWrongPin(const Error& error);
  void Feed(EnrolEvent event);
  void Run(EnrolEffect effect);
  void VerifyNewCredential();
  void VerifyNewOtp(const SecretBytes& code);
  void Offer(proto::Ask ask);

  // A code or touch counts as a proof once it cannot be used again.
  void CommitProof(const Evidence& evidence);
  // The change itself.
  void Commit();
  void CommitRecoveryCodes();
  template <typename Change>
  void Write(Change change);
  Store::NewFactor NewFactor() const;

  AuditEntry Audit() const;
  AuditEntry AuditOfRefusal() const;  // names the factor as it was asked for, where it is none yet
  void Refuse(const Error& error);
  void Finish();
  std::string DoneMessage() const;

  const Context& context_;
  EnrolRequest request_;
  Conversation conversation_;
  Machine<EnrolCeremony, EnrolEvent> machine_;
  bool over_ = false;

  Account account_;
  Locality locality_ = Locality::kUnknown;
  std::string program_;  // the caller's, by the kernel's word
  std::string sub_;  // of the user, new or not
  std::shared_ptr<ProofRun> proof_;
  KeyRecord new_key_;
  OtpRecord new_otp_;
  proto::Done done_;
  std::unique_ptr<Timers::Handle> deadline_;
};

}  // namespace fob::core
