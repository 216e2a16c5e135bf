#include "daemon/restore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

#include "base/encoding.h"
#include "daemon/backup_reader.h"
#include "daemon/core/audit_head.h"
#include "daemon/crypto/audit_key.h"
#include "daemon/crypto/master_key.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/host/folder_lock.h"
#include "daemon/key_file.h"
#include "daemon/store/restored_file.h"
#include "daemon/store/schema.h"
#include "daemon/store/sqlite_store.h"
#include "daemon/store/state_dir.h"

namespace fob {
namespace {

using store::SqliteStore;

Error Refuse(Code code, std::string_view reason, const std::string& text) {
  return MakeError(code, reason, text + "; nothing was changed");
}

// Root works on the state folder as its owner, so that all in it stays the daemon's.
class AsOwner {
 public:
  explicit AsOwner(const std::string& folder) {
    struct stat info {};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &info) != 0 || info.st_uid == 0) return;
    switched_ = ::setegid(info.st_gid) == 0 && ::seteuid(info.st_uid) == 0;
  }
  ~AsOwner() { Return(); }
  AsOwner(const AsOwner&) = delete;
  AsOwner& operator=(const AsOwner&) = delete;

 private:
  void Return() {
    if (!switched_ || (::seteuid(0) == 0 && ::setegid(0) == 0)) return;
    ::_exit(1);
  }
  bool switched_ = false;
};

std::string Utc(int64_t unix_seconds) {
  const auto time = static_cast<time_t>(unix_seconds);
  tm parts{};
  char text[32] = "";
  if (::gmtime_r(&time, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

// The master key that opens the backup: the one in the file, or its own.
Result<std::unique_ptr<crypto::AesGcmSealer>> SealerFor(const core::Settings& settings, const BackupReader& backup,
                                                        bool with_master_key) {
  const core::BackupHeader& header = backup.header();
  if (with_master_key) {
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
  auto keys = OpenMasterKey(settings);
  if (!keys.ok()) return Refuse(keys.error().code, keys.error().reason, keys.error().text);
  auto files = (*keys)->Look();
  if (!files.ok()) return Refuse(files.error().code, files.error().reason, files.error().text);
  if (files->id != header.master_key && files->next_id != header.master_key) {
    return Refuse(Code::kConflict, "wrong_master_key",
                  backup.file() + " is sealed under master key " + header.master_key + ", and " + (*keys)->Path() +
                      " holds " + files->id + ": put the master key of that backup there" +
                      (header.key.has_value() ? ", or take its own with --with-master-key" : ""));
  }
  auto sealer = crypto::AesGcmSealer::Create(*(*keys)->Read());
  if (!sealer.ok() || files->id == header.master_key) return sealer;
  FOB_TRY(const SecretBytes next, crypto::LoadMasterKey((*keys)->Path() + ".new"));
  return crypto::AesGcmSealer::Create(next);
}

// Beside the present key or, where there is none, in its place. Whichever store is there, one of the
// two opens it.
Result<std::string> PutMasterKey(const std::string& path, const std::string& state_dir, const SecretBytes& key) {
  struct stat owner {};
  struct stat info {};
  if (::stat(state_dir.c_str(), &owner) != 0) return Refuse(Code::kUnavailable, "no_state_folder", state_dir);
  const bool there = ::lstat(path.c_str(), &info) == 0;
  const std::string target = there ? path + ".new" : path;
  const std::string draft = target + ".tmp";
  ::unlink(draft.c_str());
  const UniqueFd file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  const auto bytes = key.Reveal();
  const bool given = ::geteuid() != 0 || ::fchown(file.get(), owner.st_uid, owner.st_gid) == 0;
  if (!file.valid() || !given || ::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      ::fchmod(file.get(), 0400) != 0 || ::fsync(file.get()) != 0 || ::rename(draft.c_str(), target.c_str()) != 0) {
    const std::string why = std::generic_category().message(errno);
    ::unlink(draft.c_str());
    return Refuse(Code::kNotPermitted, "master_key_file", "cannot write the master key to " + target + ": " + why);
  }
  return target;
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
  FOB_TRY(BackupReader backup, BackupReader::Open(options.file));
  const core::BackupHeader& header = backup.header();
  if (header.schema > store::SchemaVersion()) {
    return Refuse(Code::kConflict, "backup_newer",
                  options.file + " was made by fobd " + header.version + " with schema " +
                      std::to_string(header.schema) + ", and this one knows up to " +
                      std::to_string(store::SchemaVersion()) + ": install that version");
  }
  FOB_TRY(const auto sealer, SealerFor(settings, backup, options.with_master_key));
  const crypto::Sha256Hasher hasher;
  UniqueFd lock;
  int64_t epoch = 0;
  std::vector<SqliteStore::Enrolled> enrolled;
  bool former_there = false;
  {
    const AsOwner owner(state_dir);
    auto locked = host::LockFolder(state_dir);
    if (!locked.ok()) {
      const bool running = locked.error().reason == "already_running";
      return Refuse(locked.error().code, locked.error().reason,
                    running ? "fobd runs on " + state_dir + ": stop it first (systemctl stop fobd)" : locked.error().text);
    }
    lock = *std::move(locked);
    FOB_TRY(state_dir, store::PrepareStateDir(state_dir));
    FOB_CHECK(store::FinishRestore(state_dir));
    const Former former = LookAt(state_dir, hasher, *sealer);
    former_there = ::access((state_dir + "/fob.db").c_str(), F_OK) == 0;
    FOB_TRY(const std::string stage, store::MakeStage(state_dir));
    const auto staged = [&]() -> Status {
      FOB_TRY(const core::BackupTrailer trailer, backup.CopyDatabase(stage + "/fob.db", hasher));
      auto opened = SqliteStore::Open(stage, SqliteStore::Mode::kWriter, hasher, *sealer);
      auto checked = opened.ok() ? CheckStaged(**opened, backup, trailer) : Status(opened.error());
      if (!checked.ok()) return Refuse(checked.error().code, checked.error().reason, options.file + ": " + checked.error().text);
      SqliteStore::EpochStart start;
      epoch = start.epoch = std::max(former.epoch, header.epoch) + 1;
      start.totp_window = settings.totp_window;
      start.audit.at = clock.UnixSeconds();
      start.audit.action = "store.restore";
      start.audit.caller_uid = static_cast<int64_t>(::getuid());
      start.audit.caller_pid = ::getpid();
      start.audit.detail = "epoch " + std::to_string(epoch) + " from the backup of " + std::to_string(header.created_at) +
                           "; replaces a store with head " + former.head;
      FOB_CHECK((*opened)->BeginEpoch(start));
      FOB_TRY(enrolled, (*opened)->ListEnrolled());
      return Ok();
    }();
    if (!staged.ok()) {
      store::RemoveStage(state_dir);
      return staged.error();
    }
  }
  std::string key_path;
  if (options.with_master_key) {
    FOB_TRY(key_path, PutMasterKey(settings.master_key, state_dir, *header.key));
  }
  {
    const AsOwner owner(state_dir);
    FOB_CHECK(store::PublishStage(state_dir));
    FOB_CHECK(store::FinishRestore(state_dir));
  }
  if (!key_path.empty() && key_path != settings.master_key &&
      ::rename(key_path.c_str(), settings.master_key.c_str()) != 0) {
    return MakeError(Code::kNotPermitted, "master_key_file",
                     "the store is restored; move " + key_path + " to " + settings.master_key + " by hand");
  }
  return Report(backup, state_dir, epoch, former_there, enrolled);
}

}  // namespace fob
