#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/core/page.h"
#include "daemon/core/ports/grant_store.h"
#include "daemon/core/records.h"

namespace fob::core {

// A user with all that can prove it, and what keeps it from trying.
struct UserFactors {
  UserRecord user;
  std::vector<KeyRecord> keys;
  std::vector<OtpRecord> otps;               // with secrets
  std::vector<RecoveryCode> recovery_codes;  // that are left
  std::vector<FailureRecord> failures;
  bool any() const { return !keys.empty() || !otps.empty() || !recovery_codes.empty(); }
};

// The outcome of a verified factor, made durable as one. Whatever part does not hold any more (factor
// removed, code used, counter changed, user locked) refuses the whole with kDenied and a reason:
// "replayed_code", "factor_removed", "counter_regressed", "user_changed", "user_locked".
struct ProofCommit {
  int64_t user_id = 0;
  uint32_t uid = 0;  // the account's uid: a mismatch with the stored one refuses
  struct OtpStep {
    std::string otp;
    int64_t step = 0;  // time step or counter value
  };
  std::optional<OtpStep> otp_step;
  Bytes recovery_hash;  // of the recovery code that is used up; empty: none
  struct KeyUse {
    std::string key;
    uint32_t counter = 0;
    bool backed_up = false;
    bool deny_counter_regress = true;
  };
  std::optional<KeyUse> key_use;
  // What it forgives: failures of this factor from this origin.
  struct Forgiven {
    Factor factor = Factor::kTotp;
    Locality origin = Locality::kUnknown;
  };
  std::vector<Forgiven> forgiven;
  std::optional<LoginRecord> login;  // a pending login
  Bytes handle_hash;                 // SHA-256 of its handle
  int64_t confirm_before = 0;        // the handle dies then
  Bytes session_hash;                // of the browser whose login it is: live at once, without a handle
  AuditEntry audit;
};

// A failed try that could not be counted when it happened.
struct LateFailure {
  int64_t user_id = 0;
  Factor factor = Factor::kTotp;
  Locality origin = Locality::kUnknown;
  int64_t at = 0;
};

// What was decided while the store could not be written.
struct AuditGap {
  std::vector<ProofCommit> admitted;  // by key, and without a login
  std::vector<LateFailure> failures;
  int64_t unrecorded = 0;  // decisions of which the trail will not tell
  AuditEntry audit;        // says all this; its time is that of the gap's end
};

struct StoreCounts {
  bool writable = false;
  int64_t schema = 0;
  int64_t users = 0;
  int64_t keys = 0;
  int64_t otps = 0;
  int64_t live_logins = 0;
  int64_t clients = 0;
  int64_t audit_head = 0;
};

// Which entries of the trail. Those after a number come oldest first, `limit` of them; without it the
// newest `limit` before a number, or of all, in the order of the chain too.
struct AuditFilter {
  int64_t limit = 20;
  std::optional<int64_t> after_seq;
  std::optional<int64_t> before_seq;
  std::string user;    // of this user; empty: of all
  std::string action;  // this action, or all that begin with it and a dot: "login"
  int64_t since = 0;   // not older
};

// So many entries are looked at in one go, whatever matches; `next` is the number to go on after (or
// before), unless there are no more. The trail goes from `first_seq`, before which it was pruned, to
// `newest_seq`.
struct AuditPage {
  std::vector<AuditRecord> records;
  std::optional<int64_t> next;
  int64_t first_seq = 1;
  int64_t newest_seq = 0;
};

struct MasterKeyState {
  std::string id;
  std::optional<std::string> next;
};

// The store at one moment, as the bytes of a database file. Belongs to the store's reading thread.
class Snapshot {
 public:
  struct Facts {
    int64_t schema = 0;
    int64_t epoch = 0;
    int64_t head_seq = 0;
    Bytes head_hash;
    std::string master_key_id;
  };
  virtual ~Snapshot() = default;
  virtual const Facts& facts() const = 0;
  virtual Result<bool> Copy() = 0;                // a part of it aside; true: all of it
  virtual int64_t size() const = 0;               // bytes, once it is all aside
  virtual Result<Bytes> Read(size_t most) = 0;    // the next ones; empty: that was the end
};

enum class ChainFault { kMissing, kChanged, kStray };

struct ChainCheck {
  int64_t checked = 0;
  int64_t last_seq = 0;  // go on after this one
  Bytes head;            // hash of last_seq
  int64_t before = INT64_MAX;  // stop at the first entry that is not older
  bool done = false;
  std::optional<int64_t> broken_at;
  ChainFault fault = ChainFault::kMissing;
  std::string why;
};

// The store, as operations of the domain. Each one that writes is one transaction, appends its audit
// entry to the chain in it (filling in its user and subject where they are empty and the operation
// knows them), and is durable when it returns; how it is queued may put that off (StoreQueue). Where no time is given, now is `audit.at`. Every
// operation may fail with kUnavailable (cannot read or write now) or kCorrupt (what is stored does not
// hold together): never with kNotFound for these.
class Store : public GrantStore {
 public:
  // --- users and factors
  virtual Result<UserRecord> FindUser(const std::string& name) = 0;  // kNotFound
  // Of the account `name`, which has `uid`. The user is found by its name, whatever uid it was enrolled
  // with: that is for the caller to compare. kNotFound: neither name nor uid is enrolled.
  // kConflict/"user_changed": the uid is enrolled under another name, so this is a second name of that
  // user, or a new one.
  virtual Result<UserFactors> LoadFactors(const std::string& name, uint32_t uid) = 0;
  // Makes `name` and `uid` those of one user again: the user of that name gets the uid or, when there is
  // none (the account was renamed), the user of that uid gets the name. Another user who was bound to
  // the uid is bound to none any more. kNotFound.
  virtual Result<UserRecord> RebindUser(const std::string& name, uint32_t uid, AuditEntry audit) = 0;

  // Enrols for `account`, making its user first when there is none (`sub` is used then). An enrolment
  // code that is given is consumed by it; kDenied/"enrol_code" when it is not good any more.
  // kConflict/"name_taken" or "credential_taken"; kConflict/"user_changed" when the name is enrolled
  // with another uid, or the uid under another name.
  struct NewFactor {
    Account account;
    std::string sub;
    std::optional<Bytes> enrol_code_hash;
    AuditEntry audit;
    std::string proved_by = {};  // key or otp that permitted it; kDenied/"factor_removed" when it is gone
  };
  virtual Result<KeyRecord> AddKey(const NewFactor& factor, const KeyRecord& key) = 0;
  virtual Result<OtpRecord> AddOtp(const NewFactor& factor, const OtpRecord& otp) = 0;

  // Factors are named by id or by name. kNotFound; kConflict/"user_changed" as above: `uid` is that of the
  // account `user`, which may be another than the one that was enrolled.
  virtual Result<KeyRecord> RenameKey(const std::string& user, uint32_t uid, const std::string& key,
                                      const std::string& name, AuditEntry audit) = 0;
  virtual Result<KeyRecord> RemoveKey(const std::string& user, uint32_t uid, const std::string& key,
                                      AuditEntry audit) = 0;
  virtual Result<OtpRecord> RemoveOtp(const std::string& user, uint32_t uid, const std::string& otp,
                                      AuditEntry audit) = 0;
  // Of one user or, when it is empty, of all: the newest 40 keys or 100 otps, or the newest before the one with the id
  // `before`, in the order of their enrolment. These, and all lists that follow, hold no more than 56 KiB, so that a
  // reply has room. kNotFound/"list_changed": what `before` names is gone.
  virtual Result<Page<KeyRecord>> ListKeys(const std::string& user, const std::string& before = "") = 0;
  virtual Result<Page<OtpRecord>> ListOtps(const std::string& user, const std::string& before = "") = 0;

  // Replaces all recovery codes of the user. Other errors as for AddKey.
  virtual Status SetRecoveryCodes(const NewFactor& factor, const std::vector<RecoveryCode>& codes) = 0;
  // Counts a failure: committed on its own, whatever becomes of what failed. The count now.
  virtual Result<int64_t> RecordFailure(int64_t user_id, Factor factor, Locality origin, int64_t now) = 0;
  // Locks, which ends all logins and revokes all grants for good, or unlocks, which forgives all failures as
  // well. kNotFound.
  virtual Result<UserRecord> LockUser(const std::string& name, bool locked, AuditEntry audit) = 0;

  // One live code a user: a new one replaces the old one. kConflict/"user_changed" as above.
  virtual Status AddEnrolCode(const std::string& user, uint32_t uid, const Bytes& hash, int64_t expires_at,
                              AuditEntry audit) = 0;
  virtual Result<bool> EnrolCodeIsGood(const std::string& user, const Bytes& hash, int64_t now) = 0;

  // --- logins. The dead are kept for a week, so that lists can tell of them; then they go, with their
  // tickets and grants, a few with each new one.
  virtual Status CommitProof(const ProofCommit& proof) = 0;
  // Of a proof by key, whether it would be taken now, without writing: refuses as CommitProof does. A remark for the
  // trail, or nothing.
  virtual Result<std::string> CheckProof(const ProofCommit& proof) = 0;

  struct Confirmation {
    Bytes handle_hash;
    std::string user;
    std::string service;
    std::string tty;
    std::string kernel_session;
    std::string boot_id;
    int64_t now = 0;
    AuditEntry audit;
  };
  // Once; the user, service and boot must be those of the authentication. kDenied/"handle".
  virtual Result<LoginRecord> ConfirmLogin(const Confirmation& confirmation) = 0;

  struct LoginFilter {
    std::optional<uint32_t> uid;
    bool live_only = true;
    int64_t now = 0;
    std::string boot_id;
    std::string before = {};  // an id
  };
  virtual Result<Page<LoginRecord>> ListLogins(const LoginFilter& filter) = 0;  // newest first, at most 100
  // The newest live login of `uid` in `kernel_session`. kNotFound.
  virtual Result<LoginRecord> NewestLogin(uint32_t uid, const std::string& kernel_session, int64_t now,
                                          const std::string& boot_id) = 0;
  virtual Result<LoginRecord> FindLogin(const std::string& login, int64_t now, const std::string& boot_id) = 0;
  // A login that has ended stays as it ended. One dies, too, at a reboot, when its user is bound to
  // another uid, and when the key or otp that proved it is removed.
  virtual Result<LoginRecord> EndLogin(const std::string& login, int64_t now, const std::string& boot_id,
                                       AuditEntry audit) = 0;

  // --- browsers that are signed in: each as one live login, and only while that lives
  struct WebSession {
    LoginRecord login;  // with the key and otp that proved it
    int64_t created_at = 0;
  };
  virtual Result<WebSession> FindSession(const Bytes& hash, const Moment& moment) = 0;  // kNotFound/"session"
  // For a login that lives already. kDenied/"login_dead"; kExhausted/"too_many_sessions": the login has 32.
  virtual Status AddSession(const Bytes& hash, const std::string& login, const Moment& moment, AuditEntry audit) = 0;
  // Ends the login, too, where it is one of a browser. Whether there was such a session.
  virtual Result<bool> EndSession(const Bytes& hash, const Moment& moment, AuditEntry audit) = 0;
  // The key of that id, whoever's it is. kNotFound.
  virtual Result<KeyRecord> FindCredential(const Bytes& credential_id) = 0;
  virtual Result<Bytes> DecoyKey() = 0;  // 32 random bytes of this store's own

  // --- signing keys, oldest first
  virtual Result<std::vector<SigningKeyRecord>> SigningKeys() = 0;
  virtual Status AddSigningKey(const SigningKeyRecord& key, AuditEntry audit) = 0;
  virtual Status RemoveSigningKey(const std::string& kid, AuditEntry audit) = 0;  // kNotFound

  // --- secrets at rest: the master key that they are sealed under; `next` while a change to that one is
  // under way. Nothing: it was never written down.
  virtual Result<std::optional<MasterKeyState>> MasterKey() = 0;
  virtual Status SetMasterKey(const MasterKeyState& state, std::optional<AuditEntry> audit) = 0;
  // Seals at most `limit` secrets anew that are not sealed under the present key; how many they were.
  virtual Result<int64_t> Reseal(int64_t limit) = 0;

  // --- audit
  virtual Status Record(const AuditEntry& entry) = 0;  // a decision that changed nothing else
  // Closes a gap: the keys' counters, the failures, and an entry each with the gap's own behind them.
  virtual Status RecordGap(const AuditGap& gap) = 0;
  virtual Result<AuditPage> ReadAudit(const AuditFilter& filter) = 0;
  // In the order of the chain: those after a number, or the last ones.
  Result<std::vector<AuditRecord>> TailAudit(int64_t limit, std::optional<int64_t> after_seq) {
    AuditFilter filter;
    filter.limit = limit;
    filter.after_seq = after_seq;
    FOB_TRY(AuditPage page, ReadAudit(filter));
    return std::move(page.records);
  }
  // Walks at most `limit` entries after `from`, which a first call leaves empty but for the place and
  // hash of a checkpoint.
  virtual Result<ChainCheck> CheckChain(const ChainCheck& from, int64_t limit) = 0;
  virtual Result<std::optional<AuditCheckpoint>> FindCheckpoint() = 0;
  // Removes what stands up to the checkpoint, which takes its place. kConflict/"chain_changed" when the
  // entry that it names is not there, or is another.
  virtual Status PruneAudit(const AuditCheckpoint& checkpoint) = 0;
  // The key that signs heads and checkpoints, if there is one.
  virtual Result<std::optional<SigningKeyRecord>> AuditKey() = 0;
  virtual Status AddAuditKey(const SigningKeyRecord& key, AuditEntry audit) = 0;

  // As it is now, whatever is written meanwhile. One at a time: kConflict/"backup_running".
  virtual Result<std::shared_ptr<Snapshot>> TakeSnapshot() = 0;

  virtual Result<StoreCounts> Counts(int64_t now, const std::string& boot_id) = 0;

  // --- heads of the audit trail that were signed
  virtual Result<KeptHeads> FindHeads() = 0;
  virtual Status SetHead(const SignedHead& head) = 0;  // the last one
  // The trail does not hold this one: it is kept as missed unless one is already, and is no last one any more.
  virtual Status MissHead(const SignedHead& head, AuditEntry audit) = 0;
};

}  // namespace fob::core
