#pragma once

#include <memory>
#include <string>
#include <utility>

#include "daemon/core/ports/crypto.h"
#include "daemon/core/ports/store.h"
#include "daemon/store/sqlite.h"

namespace fob::store {

// The store in one SQLite file, STATE_DIR/fob.db. One object is one connection and belongs to one
// thread at a time: a writer, and a reader that looks at what the writer has committed. An
// operation is a transaction of its own, or a savepoint in one that Begin() opened.
class SqliteStore final : public core::Store {
 public:
  enum class Mode { kWriter, kReader };

  // A writer makes and migrates the file; a reader needs it to be there. `hasher` and `sealer` are
  // used on the thread of the caller and must outlive the store. kNotPermitted "state_exposed";
  // kConflict "store_newer"; kCorrupt; kUnavailable.
  static Result<std::unique_ptr<SqliteStore>> Open(const std::string& state_dir, Mode mode,
                                                   const core::Hasher& hasher,
                                                   const core::Sealer& sealer);
  // The same of a file that is there and that nobody else can reach, whatever its name.
  static Result<std::unique_ptr<SqliteStore>> OpenFile(const std::string& path, Mode mode,
                                                       const core::Hasher& hasher,
                                                       const core::Sealer& sealer);

  // Operations until its Commit share it: one wait for the disk.
  Result<Transaction> Begin() { return Transaction::Begin(*database_, Transaction::Kind::kWrite); }
  // The same for what only reads: they see one moment.
  Result<Transaction> BeginRead() { return Transaction::Begin(*database_, Transaction::Kind::kRead); }
  // False inside one that Begin() opened: SQLite has undone it by itself (disk full).
  bool InTransaction() const { return database_->InTransaction(); }
  int64_t WalPages() const {
    return wal_pages_;
  }  // in the write-ahead log after this connection's last commit
  Status
  Checkpoint();  // moves the log into the file as far as nobody is in the way; allowed to a reader
  // For Unsynced, from between transactions to between transactions. What was committed meanwhile is durable after
  // SyncLog, or with the next commit that waits.
  Database& database() { return *database_; }
  Status SyncLog();
  // Runs `work`, which only reads, on what this connection has cached. False: that was not enough, and
  // what came of it means nothing.
  template <typename Work>
  bool FromCache(Work work) {
    const CachedOnly cached(*database_);
    work();
    return !cached.missed();
  }
  // Moves all of the log into the file, durably; an error when somebody is in the way.
  Status MoveLog();
  // Gives the log its disk blocks beforehand, so that a commit overwrites and need not wait for the
  // file to grow as well. For the writer, between transactions.
  static constexpr int64_t kLogReserve = 4 * 1024 * 1024;  // bytes: about 1000 pages
  Status ReserveLog();

  // For a restore, of a store that nobody else has open.
  struct EpochStart {
    int64_t epoch = 0;
    int totp_window = 1;    // steps
    core::AuditEntry audit;  // its time is now
  };
  struct Enrolled {
    std::string kind;  // key, otp or client
    std::string user;
    std::string name;
    std::string id;
    int64_t created_at = 0;
  };
  Result<int64_t> Epoch();
  Status CheckWhole();  // every page and index; kCorrupt
  Status BeginEpoch(const EpochStart& start);
  Result<std::vector<Enrolled>> ListEnrolled();

  Result<core::UserRecord> FindUser(const std::string& name) override;
  Result<core::UserFactors> LoadFactors(const std::string& name, uint32_t uid) override;
  Result<core::UserRecord> RebindUser(const std::string& name, uint32_t uid,
                                      core::AuditEntry audit) override;
  Result<core::KeyRecord> AddKey(const NewFactor& factor, const core::KeyRecord& key) override;
  Result<core::OtpRecord> AddOtp(const NewFactor& factor, const core::OtpRecord& otp) override;
  Result<core::KeyRecord> RenameKey(const std::string& user, uint32_t uid,
                                    const std::string& key, const std::string& name,
                                    core::AuditEntry audit) override;
  Result<core::KeyRecord> RemoveKey(const std::string& user, uint32_t uid,
                                    const std::string& key, core::AuditEntry audit) override;
  Result<core::OtpRecord> RemoveOtp(const std::string& user, uint32_t uid,
                                    const std::string& otp, core::AuditEntry audit) override;
  Result<core::Page<core::KeyRecord>> ListKeys(const std::string& user, const std::string& before = "") override;
  Result<core::Page<core::OtpRecord>> ListOtps(const std::string& user, const std::string& before = "") override;
  Status AddEnrolCode(const std::string& user, uint32_t uid, const Bytes& hash, int64_t expires_at,
                      core::AuditEntry audit) override;
  Status SetRecoveryCodes(const NewFactor& factor,
                          const std::vector<core::RecoveryCode>& codes) override;
  Result<int64_t> RecordFailure(int64_t user_id, core::Factor factor, core::Locality origin,
                                int64_t now) override;
  Result<core::UserRecord> LockUser(const std::string& name, bool locked,
                                    core::AuditEntry audit) override;
  Result<bool> EnrolCodeIsGood(const std::string& user, const Bytes& hash, int64_t now) override;

  Status CommitProof(const core::ProofCommit& proof) override;
  Result<std::string> CheckProof(const core::ProofCommit& proof) override;
  Result<core::LoginRecord> ConfirmLogin(const Confirmation& confirmation) override;
  Result<core::Page<core::LoginRecord>> ListLogins(const LoginFilter& filter) override;
  Result<core::LoginRecord> NewestLogin(uint32_t uid, const std::string& kernel_session,
                                        int64_t now, const std::string& boot_id) override;
  Result<core::LoginRecord> FindLogin(const std::string& login, int64_t now,
                                      const std::string& boot_id) override;
  Result<core::LoginRecord> EndLogin(const std::string& login, int64_t now,
                                     const std::string& boot_id, core::AuditEntry audit) override;

  Status AddClient(const core::ClientRecord& client, core::AuditEntry audit) override;
  Result<core::ClientRecord> FindClient(const std::string& client) override;
  Result<core::Page<core::ClientRecord>> ListClients(const std::string& before = "") override;
  Result<core::ClientRecord> UpdateClient(const core::ClientRecord& client,
                                          core::AuditEntry audit) override;
  Result<core::ClientRecord> RemoveClient(const std::string& client,
                                          core::AuditEntry audit) override;
  Result<core::ClientRecord> RotateClientSecret(const std::string& client, const Bytes& secret_hash,
                                                int64_t now, core::AuditEntry audit) override;
  Status AddTicket(const core::TicketRecord& ticket, const core::Moment& moment,
                   std::optional<int64_t> touched_since, core::AuditEntry audit) override;
  Result<core::GrantFacts> LookAtTicket(const Redemption& redemption) override;
  Result<core::GrantFacts> RedeemTicket(const Redemption& redemption) override;
  Result<core::GrantFacts> FindGrant(const std::string& grant, const core::Moment& moment) override;
  Result<core::GrantFacts> CheckGrant(const std::string& grant, const std::string& jti,
                                      const core::Moment& moment) override;
  Result<core::GrantFacts> AddDirectGrant(const core::GrantRecord& grant,
                                          const core::NewTokens& tokens, const core::Moment& moment,
                                          core::AuditEntry audit) override;
  Status AddCode(const core::CodeRecord& code, const core::Moment& moment,
                 core::AuditEntry audit) override;
  Result<CodeFacts> LookAtCode(const CodeRedemption& redemption) override;
  Result<core::GrantFacts> RedeemCode(const CodeRedemption& redemption) override;
  Status RevokeGrantOfCode(const Bytes& code_hash, const std::string& client,
                           const core::Moment& moment, core::AuditEntry audit) override;
  Status UseAssertion(const std::string& client, const Bytes& id_hash, int64_t expires_at,
                      int64_t now) override;
  Result<std::vector<std::string>> FindConsent(const std::string& user,
                                               const std::string& client) override;
  Status SetConsent(const std::string& user, const std::string& client,
                    const std::vector<std::string>& scopes, core::AuditEntry audit) override;
  Result<WebPlaces> ListWebPlaces() override;
  Result<WebSession> FindSession(const Bytes& hash, const core::Moment& moment) override;
  Status AddSession(const Bytes& hash, const std::string& login, const core::Moment& moment,
                    core::AuditEntry audit) override;
  Result<bool> EndSession(const Bytes& hash, const core::Moment& moment,
                          core::AuditEntry audit) override;
  Result<core::KeyRecord> FindCredential(const Bytes& credential_id) override;
  Result<Bytes> DecoyKey() override;
  Result<MachineGrant> FindMachineGrant(const std::string& client, const std::string& audience,
                                        const std::string& scope) override;
  Result<core::GrantFacts> UseMachineGrant(const core::GrantRecord& grant,
                                           const core::ClientProof& proof, const core::Moment& moment,
                                           core::AuditEntry audit) override;
  Result<core::Page<core::GrantFacts>> ListGrants(const GrantFilter& filter) override;
  Result<core::GrantFacts> RevokeGrant(const std::string& grant, const core::Moment& moment,
                                       core::AuditEntry audit) override;
  Result<int64_t> RevokeGrantsOf(GrantsOf whose, const std::string& id, const core::Moment& moment,
                                 core::AuditEntry audit) override;
  Result<core::TokenFacts> FindAccessToken(const Bytes& hash, const core::Moment& moment) override;
  Result<core::TokenFacts> FindRefreshToken(const core::NewTokens::Refresh& used,
                                            const core::Moment& moment) override;
  Status RevokeAccessToken(const Bytes& hash, core::AuditEntry audit) override;
  Status RevokeJwt(const std::string& jti, int64_t expires_at, core::AuditEntry audit) override;
  Result<Rotated> RotateRefresh(const Rotation& rotation) override;
  Result<ClockMark> FindClockMark() override;
  Status SetClockMark(const ClockMark& mark) override;
  Result<std::vector<std::string>> OpenSessions(const core::Moment& moment) override;
  Result<int64_t> EndLoginsOf(const std::string& kernel_session, const core::Moment& moment,
                              core::AuditEntry audit) override;

  Result<std::vector<core::SigningKeyRecord>> SigningKeys() override;
  Status AddSigningKey(const core::SigningKeyRecord& key, core::AuditEntry audit) override;
  Status RemoveSigningKey(const std::string& kid, core::AuditEntry audit) override;

  Result<std::optional<core::MasterKeyState>> MasterKey() override;
  Status SetMasterKey(const core::MasterKeyState& state,
                      std::optional<core::AuditEntry> audit) override;
  Result<int64_t> Reseal(int64_t limit) override;

  Status Record(const core::AuditEntry& entry) override;
  Status RecordGap(const core::AuditGap& gap) override;
  Result<core::AuditPage> ReadAudit(const core::AuditFilter& filter) override;
  Result<core::ChainCheck> CheckChain(const core::ChainCheck& from, int64_t limit) override;
  Result<std::optional<core::AuditCheckpoint>> FindCheckpoint() override;
  Status PruneAudit(const core::AuditCheckpoint& checkpoint) override;
  Result<core::KeptHeads> FindHeads() override;
  Status SetHead(const core::SignedHead& head) override;
  Status MissHead(const core::SignedHead& head, core::AuditEntry audit) override;
  Result<std::optional<core::SigningKeyRecord>> AuditKey() override;
  Status AddAuditKey(const core::SigningKeyRecord& key, core::AuditEntry audit) override;
  Result<std::shared_ptr<core::Snapshot>> TakeSnapshot() override;
  Result<core::StoreCounts> Counts(int64_t now, const std::string& boot_id) override;

 private:
  SqliteStore(std::unique_ptr<Database> database, std::string path, const core::Hasher& hasher,
              const core::Sealer& sealer)
      : database_(std::move(database)), path_(std::move(path)), hasher_(hasher), sealer_(sealer) {}

  // Runs `work` in a transaction or savepoint, which stands when its outcome is good.
  template <typename Work>
  std::invoke_result_t<Work> Atomically(Work work) {
    FOB_TRY(Transaction transaction, Begin());
    auto outcome = work();
    if (outcome.ok()) {
      FOB_CHECK(transaction.Commit());
    }
    return outcome;
  }

  Status Append(const core::AuditEntry& entry);  // to the chain
  // The user of the account, found by name and, failing that, looked for by uid. kNotFound;
  // kConflict "user_changed": the uid is another name's.
  Result<core::UserRecord> FindAccount(const std::string& name, uint32_t uid);
  // The same, and kConflict "user_changed" when the name was enrolled with another uid.
  Result<core::UserRecord> FindSameAccount(const std::string& name, uint32_t uid);
  Result<core::UserRecord> EnsureUser(const NewFactor& factor);
  Status ConsumePermission(const NewFactor& factor);  // enrolment code; proof that still stands
  Result<std::vector<core::KeyRecord>> KeysOf(const std::string& user);  // all
  Result<std::vector<core::OtpRecord>> OtpsOf(const std::string& user);  // all, with secrets
  // Where the record with this id stands in the order of a list's table; past its end when `id` is empty.
  Result<int64_t> PlaceOf(std::string_view sql, const std::string& id);
  Result<core::KeyRecord> FindKey(const std::string& user, const std::string& key);
  Result<core::OtpRecord> FindOtp(const std::string& user, const std::string& otp);
  Result<std::vector<core::RecoveryCode>> RecoveryCodesOf(int64_t user_id);
  Result<std::vector<core::FailureRecord>> FailuresOf(int64_t user_id);
  Status CheckProver(const core::ProofCommit& proof);
  struct CheckedKey {
    uint32_t counter = 0;  // that is stored
    std::string remark;    // what the audit entry should say of it
  };
  Result<CheckedKey> CheckKeyUse(const core::ProofCommit& proof);
  Status CommitOtpStep(const core::ProofCommit& proof);
  Status UseRecoveryCode(const core::ProofCommit& proof);
  Status Forgive(const core::ProofCommit& proof);
  Result<std::string> CommitKeyUse(const core::ProofCommit& proof);  // the remark
  Status InsertLogin(const core::ProofCommit& proof);
  // `done_at`: when it last left nothing to be done. Looking is not free: the next time is a while later.
  Status Prune(std::optional<int64_t>& done_at, std::string_view sql, int64_t now, int64_t keep);
  Status PruneTickets(int64_t now);  // within a transaction
  Status PruneGrants(int64_t now);
  Status PruneTokens(int64_t now);
  Status PrunePending(int64_t now);
  Status PruneLogins(int64_t now);  // and tickets and grants
  Error WhyNotRedeemed(const Redemption& redemption);
  Status UseTouch(const std::string& login, int64_t touched_since, int64_t now);
  Status CheckAudience(const std::string& client, const std::string& audience);
  Status CheckProof(const std::string& client, const core::ClientProof& proof);
  Result<std::optional<std::string>> LastLookedAt(const GrantFilter& filter, int64_t place);
  Error WhyNoCode(const CodeRedemption& redemption);
  Status InsertSession(const Bytes& hash, const std::string& login, int64_t now);
  // Within a transaction; with its tokens and audit entry.
  Result<core::GrantFacts> InsertGrant(const core::GrantRecord& grant,
                                       const core::NewTokens& tokens, const core::Moment& moment,
                                       core::AuditEntry audit);
  Status InsertTokens(int64_t grant_seq, const core::NewTokens& tokens, int64_t now);

  std::unique_ptr<Database> database_;
  std::string path_;
  const core::Hasher& hasher_;
  const core::Sealer& sealer_;
  int64_t wal_pages_ = 0;
  std::optional<int64_t> tickets_pruned_at_, grants_pruned_at_, tokens_pruned_at_, logins_pruned_at_, pending_pruned_at_;
  std::weak_ptr<core::Snapshot> snapshot_;
};

}  // namespace fob::store
