#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/conversation.h"
#include "daemon/core/key_driver.h"
#include "daemon/core/proof.h"

namespace fob::core {

// About whom a proof is, and who asks for it.
struct ProofSubject {
  Peer peer;
  bool trusted = false;
  std::string service;
  std::string program;  // the caller's, by the kernel's word; may be empty
  std::string tty;      // where the prompt stands; may be empty
  Account account;
  Locality origin = Locality::kUnknown;
  UserFactors factors;
  bool stranger = false;  // whatever is answered is wrong, and nothing of it is kept
};

// The time step or counter value of a good code, within the windows of the settings. kDenied/"wrong_code".
Result<int64_t> MatchCode(const Context& context, const OtpRecord& otp, const SecretBytes& code);

// Runs the effects of a Proof against the ports, for a login and for a change of factors: talks to the person, drives
// the key, verifies, and counts failures. What was verified has yet to be made durable: TakeCommit.
class ProofRun : public std::enable_shared_from_this<ProofRun> {
 public:
  using Feed = KeyDriver::Feed;

  // `feed` is called while the owner lives, which owns this.
  ProofRun(const Context& context, Conversation& conversation, ProofSubject subject, Feed feed);

  const ProofSubject& subject() const { return subject_; }
  const UserFactors& factors() const { return subject_.factors; }
  const Attempts& attempts() const { return *attempts_; }

  void Run(ProofEffect effect);
  // Only these keys of the user count.
  void Narrow(std::vector<KeyRecord> keys) { keys_ = std::move(keys); }
  const std::vector<KeyRecord>& keys() const { return keys_; }
  KeyDriver& Driver();
  void Stop();

  // For who drives no key from here, such as a browser: what a key answered, over client data that was checked; why
  // its answer is none; a proof that somebody else has verified; one that somebody else has found wrong. What comes
  // of each is fed as Verified.
  void VerifyAnswer(const AssertionClaim& claim);
  void FailKey(Error error) { Fail({Factor::kKey}, std::move(error)); }
  void Vouch(Evidence evidence) { Proved(std::move(evidence)); }
  // Counts the failure durably, then says so.
  void Fail(const std::vector<Factor>& factors, Error error);
  // The id of the key that answered last, whether its answer was good or not; may be empty.
  const std::string& claimed_key() const { return claimed_key_; }
  // Puts the kinds of code that a refused one was tried as into the entry of that refusal. A key is its subject.
  void NameTried(AuditEntry& refusal) const;

  // Step, counter or code that the verified evidence uses up, the failures that it forgives, and its user; the
  // audit entry is the caller's. Once it is durable: Forgive.
  ProofCommit TakeCommit(const Evidence& evidence);
  void Forgive(const std::vector<ProofCommit::Forgiven>& forgiven) const;
  // An enrolment code that was good, for the change that it permits.
  const std::optional<Bytes>& enrol_code_hash() const { return enrol_code_hash_; }

 private:
  // kDenied: too many failures before.
  Status MayTry(Factor factor) const;
  void VerifyCodeNow(const SecretBytes& code, CodeKinds kinds);
  void VerifyNextCodeNow(const SecretBytes& code);
  void VerifyRecoveryCode(const SecretBytes& normalized);
  void VerifyEnrolCodeNow(const SecretBytes& code);
  void VerifyAssertionNow();
  Result<Evidence> Judge(const KeyRecord& key, const AssertionClaim& claim);
  void Proved(Evidence evidence);

  const Context& context_;
  Conversation& conversation_;
  ProofSubject subject_;
  Feed feed_;
  std::vector<KeyRecord> keys_;
  std::shared_ptr<Attempts> attempts_;
  std::unique_ptr<KeyDriver> driver_;
  ProofCommit commit_;
  std::optional<Bytes> enrol_code_hash_;
  std::string claimed_key_;
  std::string failed_reason_;  // of the last that failed
  std::string failed_as_;
  SecretBytes ahead_;      // a counter's code from further on
  std::string ahead_otp_;
};

}  // namespace fob::core
