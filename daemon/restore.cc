#include "daemon/restore.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include "base/encoding.h"
#include "daemon/backup_reader.h"
#include "daemon/core/audit_head.h"
#include "daemon/crypto/audit_key.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/host/folder_lock.h"
#include "daemon/key_file.h"
#include "daemon/lockdown.h"
#include "daemon/master_key_placer.h"
#include "daemon/store/restored_file.h"
#include "daemon/store/schema.h"
#include "daemon/store/sqlite_store.h"
#include "daemon/state_owner.h"
#include "daemon/store/state_dir.h"

namespace fob {
namespace {

using store::SqliteStore;

Error Refuse(Code code, std::string_view reason, const std::string& text) {
  return MakeError(code, reason, text + "; nothing was changed");
}

std::string Utc(int64_t unix_seconds) {
  const auto time = static_cast<time_t>(unix_seconds);
  tm parts{};
  char text[32] = "";
  if (::gmtime_r(&time, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

// The host's own master keys.
struct HostKeys {
  std::unique_ptr<crypto::MasterKeyring> ring;
  core::MasterKeys::Files files;
};

// They belong to root or to the owner of the state folder, who alone takes them as his.
Result<HostKeys> ReadHostKeys(const core::Settings& settings, const StateOwner& owner) {
  const bool of_owner = StateOwner::Of(FindMasterKey(settings).path).uid == owner.uid;
  const AsOwner as(of_owner ? owner : StateOwner());
  HostKeys keys;
  FOB_TRY(keys.ring, OpenMasterKey(settings));
  FOB_TRY(keys.files, keys.ring->Look());
  return keys;
}

// What opens the backup, of the host's own keys. It stays theirs.
Result<const core::Sealer*> HostSealerFor(const BackupReader& backup, const Result<HostKeys>& keys) {
  const core::BackupHeader& header = backup.header();
  if (!keys.ok()) return Refuse(keys.error().code, keys.error().reason, keys.error().text);
  if (keys->files.id != header.master_key && keys->files.next_id != header.master_key) {
    return Refuse(Code::kConflict, "wrong_master_key",
                  backup.file() + " is sealed under master key " + header.master_key + ", and " + keys->ring->Path() +
                      " holds " + keys->files.id + ": put the master key of that backup there" +
                      (header.key.has_value() ? ", or take its own with --with-master-key" : ""));
  }
  FOB_CHECK(keys->ring->SealWith(header.master_key));
  return &keys->ring->sealer();
}

// What opens the backup, of the key in it.
Result<std::unique_ptr<crypto::AesGcmSealer>> OwnSealerOf(const BackupReader& backup) {
  const core::BackupHeader& header = backup.header();
  if (!header.key.has_value()) {
    return Refuse(Code::kInvalidArgument, "no_master_key",
                  backup.file() + " holds no master key: leave --with-master-key out");
  }
  FOB_TRY(const std::string id, crypto::AesGcmSealer::IdOf(*header.key));
  if (id != header.master_key) {
    return Refuse(Code::kCorrupt, "backup_damaged", backup.file() + ": the master key in it is not its own");
  }
  return crypto::AesGcmSealer::Create(*header.key);
}

struct Former {
  int64_t epoch = 0;
  std::string head = "no readable one";
};

// What the store that is replaced was, as far as it can be read.
Former LookAt(const std::string& state_dir, const core::Hasher& hasher, const core::Sealer& sealer) {
  Former former;
  struct stat info {};
  if (::lstat((state_dir + "/fob.db").c_str(), &info) != 0) return former;
  auto store = SqliteStore::Open(state_dir, SqliteStore::Mode::kReader, hasher, sealer);
  if (!store.ok()) return former;
  if (const auto epoch = (*store)->Epoch(); epoch.ok()) former.epoch = *epoch;
  if (const auto newest = (*store)->TailAudit(1, std::nullopt); newest.ok() && !newest->empty())
    former.head = std::to_string(newest->back().seq) + ":" + HexEncode(newest->back().hash);
  return former;
}

// The staged store is whole, ours, and the one that the backup's trailer was signed for.
Status CheckStaged(SqliteStore& store, const BackupReader& backup, const core::BackupTrailer& trailer) {
  const core::BackupHeader& header = backup.header();
  FOB_CHECK(store.CheckWhole());
  FOB_TRY(const auto record, store.AuditKey());
  if (!record.has_value()) return MakeError(Code::kCorrupt, "backup_forged", "it holds no audit key");
  FOB_TRY(const auto key, crypto::AuditKey::Open(*record));
  if (!key->Verify(core::BackupStatement(trailer.sha256), trailer.signature)) {
    return MakeError(Code::kCorrupt, "backup_forged", "it is not signed by the audit key of its store: tampered with");
  }
  FOB_TRY(const auto newest, store.TailAudit(1, std::nullopt));
  if (newest.empty() || newest.back().seq != header.head_seq || newest.back().hash != header.head_hash)
    return MakeError(Code::kCorrupt, "backup_damaged", "its audit trail does not end where its header says");
  return Ok();
}

std::string Report(const BackupReader& backup, const std::string& state_dir, int64_t epoch, bool former,
                   const std::vector<SqliteStore::Enrolled>& enrolled) {
  std::string text = "restored " + backup.file() + " of " + Utc(backup.header().created_at) + " into " + state_dir +
                     "; epoch " + std::to_string(epoch) + " has begun\n" +
                     "Logins, tickets, grants, enrolment codes and recovery codes of before are void.\n";
  if (former) text += "The former store is kept as " + state_dir + "/fob.db.before-restore.\n";
  if (enrolled.empty()) return text;
  text += "What was removed after the backup was made is back. Review, and remove again what must not be:\n";
  for (const auto& one : enrolled) {
    text += "  " + one.kind + " " + (one.user.empty() ? "" : one.user + " ") + one.name + " " + one.id + ", since " +
            Utc(one.created_at) + "\n";
  }
  return text;
}

}  // namespace

Result<std::string> Restore(const core::Settings& settings, const Clock& clock, const RestoreOptions& options) {
  std::string state_dir = settings.state_dir;
  const auto caller = static_cast<int64_t>(::getuid());
  // What takes the rights of whoever calls comes first.
  FOB_TRY(UniqueFd file, OpenBackup(options.file));
  const StateOwner owner = StateOwner::Of(state_dir);
  Result<HostKeys> keys = HostKeys();
  std::optional<MasterKeyPlacer> placer;
  if (options.with_master_key) {
    FOB_TRY(auto forked, MasterKeyPlacer::Fork(settings.master_key, owner));
    placer.emplace(std::move(forked));
  } else {
    keys = ReadHostKeys(settings, owner);
  }
  FOB_CHECK(owner.Become());
  FOB_CHECK(LockRestore(state_dir));

  FOB_TRY(BackupReader backup, BackupReader::Read(options.file, std::move(file)));
  const core::BackupHeader& header = backup.header();
  if (header.schema > store::SchemaVersion()) {
    return Refuse(Code::kConflict, "backup_newer",
                  options.file + " was made by fobd " + header.version + " with schema " +
                      std::to_string(header.schema) + ", and this one knows up to " +
                      std::to_string(store::SchemaVersion()) + ": install that version");
  }
  std::unique_ptr<crypto::AesGcmSealer> own_sealer;
  const core::Sealer* sealer = nullptr;
  if (options.with_master_key) {
    FOB_TRY(own_sealer, OwnSealerOf(backup));
    sealer = own_sealer.get();
  } else {
    FOB_TRY(sealer, HostSealerFor(backup, keys));
  }
  const crypto::Sha256Hasher hasher;
  auto locked = host::LockFolder(state_dir);
  if (!locked.ok()) {
    const bool running = locked.error().reason == "already_running";
    return Refuse(locked.error().code, locked.error().reason,
                  running ? "fobd runs on " + state_dir + ": stop it first (systemctl stop fobd)" : locked.error().text);
  }
  FOB_TRY(state_dir, store::PrepareStateDir(state_dir));
  FOB_CHECK(store::FinishRestore(state_dir));
  const Former former = LookAt(state_dir, hasher, *sealer);
  const bool former_there = ::access((state_dir + "/fob.db").c_str(), F_OK) == 0;
  const std::string stage = store::MakeStage(state_dir);
  const int64_t epoch = std::max(former.epoch, header.epoch) + 1;
  std::vector<SqliteStore::Enrolled> enrolled;
  const auto staged = [&]() -> Status {
    FOB_TRY(const core::BackupTrailer trailer, backup.CopyDatabase(stage, hasher));
    auto opened = SqliteStore::OpenFile(stage, SqliteStore::Mode::kWriter, hasher, *sealer);
    auto checked = opened.ok() ? CheckStaged(**opened, backup, trailer) : Status(opened.error());
    if (!checked.ok()) return Refuse(checked.error().code, checked.error().reason, options.file + ": " + checked.error().text);
    SqliteStore::EpochStart start;
    start.epoch = epoch;
    start.totp_window = settings.totp_window;
    start.audit.at = clock.UnixSeconds();
    start.audit.action = "store.restore";
    start.audit.caller_uid = caller;
    start.audit.caller_pid = ::getpid();
    start.audit.detail = "epoch " + std::to_string(epoch) + " from the backup of " + std::to_string(header.created_at) +
                         "; replaces a store with head " + former.head;
    FOB_CHECK((*opened)->BeginEpoch(start));
    FOB_TRY(enrolled, (*opened)->ListEnrolled());
    opened->reset();  // its log is in the file by then
    if (!placer.has_value()) return Ok();
    const Status put = placer->Put(*header.key);
    return put.ok() ? put : Refuse(put.error().code, put.error().reason, put.error().text);
  }();
  if (!staged.ok()) {
    store::RemoveStage(state_dir);
    return staged.error();
  }
  FOB_CHECK(store::PublishStage(state_dir));
  FOB_CHECK(store::FinishRestore(state_dir));
  if (placer.has_value() && !placer->Finish().ok()) {
    return MakeError(Code::kNotPermitted, "master_key_file",
                     "the store is restored; move " + placer->target() + " to " + settings.master_key + " by hand");
  }
  return Report(backup, state_dir, epoch, former_there, enrolled);
}

}  // namespace fob
