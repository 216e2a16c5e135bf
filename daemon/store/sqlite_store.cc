#include "daemon/store/sqlite_store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.h"
#include "daemon/store/liveness.h"
#include "daemon/store/schema.h"
#include "daemon/store/sqlite_snapshot.h"
#include "daemon/store/state_dir.h"

namespace fob::store {
namespace {

// Small caches: the pages that logins touch, not the users that exist. Checkpoints are the queue's
// affair, so that none lands on a login.
constexpr const char* kSettings = R"sql(
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA mmap_size = 0;
PRAGMA cache_size = -1024;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
)sql";

constexpr int kBusyMs = 2000;  // another process (a backup, sqlite3 by hand) holds the file

// Is there a device that takes writes under the file? (Asked by a reader, which cannot try.)
bool Writable(const std::string& path) {
  struct statvfs disk {};
  return ::access(path.c_str(), W_OK) == 0 && ::statvfs(path.c_str(), &disk) == 0 &&
         disk.f_bavail > 0;
}

// Gives the log's shared index its disk blocks. It is a file in memory with holes, and a hole that the disk has no room
// for ends whoever writes there by SIGBUS; the kernel that is asked to fill it says so instead.
Status ReserveIndex(sqlite3* handle) {
  constexpr int kRegion = 32 * 1024;  // bytes, as SQLite maps it (WALINDEX_PGSZ): some 4000 pages of the log
  sqlite3_file* file = nullptr;
  void volatile* index = nullptr;
  int code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK) code = file->pMethods->xShmMap(file, 0, kRegion, 1, &index);
  if (code != SQLITE_OK) return SqliteError(code, sqlite3_errstr(code));
  // EINVAL: a kernel before 5.14, which cannot be asked.
  if (::madvise(const_cast<void*>(index), kRegion, MADV_POPULATE_WRITE) == 0 || errno == EINVAL) return Ok();
  return MakeError(Code::kUnavailable, "store_not_writable", "the store: the disk has no room for its log's index");
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& state_dir, Mode mode,
                                                       const core::Hasher& hasher,
                                                       const core::Sealer& sealer) {
  FOB_TRY(std::string path, PrepareStoreFile(state_dir));
  auto opened = OpenFile(path, mode, hasher, sealer);
  // SQLite says of a file that it may only read that it cannot open it.
  if (!opened.ok() && opened.error().reason == "store_not_readable" && !Writable(path)) {
    return MakeError(Code::kUnavailable, "store_not_writable",
                     path + ": the store cannot be written: see that its disk has room and is not "
                            "read-only, and that the file belongs to the account of fobd");
  }
  return opened;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::OpenFile(const std::string& path, Mode mode,
                                                           const core::Hasher& hasher,
                                                           const core::Sealer& sealer) {
  // A reader too opens the file for writing, because the log's shared index wants it; query_only
  // holds it back.
  FOB_TRY(auto database, Database::Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW));
  sqlite3* const handle = database->handle();
  sqlite3_busy_timeout(handle, kBusyMs);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_extended_result_codes(handle, 1);
  FOB_CHECK(database->Execute(kSettings));
  FOB_CHECK(ReserveIndex(handle));
  if (mode == Mode::kWriter) {
    FOB_CHECK(database->Execute("PRAGMA journal_mode = WAL;"));
    FOB_CHECK(Migrate(*database));
  } else {
    FOB_CHECK(database->Execute("PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema;"));
  }
  std::unique_ptr<SqliteStore> store(
      new SqliteStore(std::move(database), path, hasher, sealer));
  sqlite3_wal_hook(
      handle,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteStore*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      store.get());
  return store;
}

Status SqliteStore::Checkpoint() {
  sqlite3* const handle = database_->handle();
  const int code =
      sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK) return FailureOf(handle);
  return Ok();
}

Status SqliteStore::SyncLog() {
  sqlite3* const handle = database_->handle();
  sqlite3_file* log = nullptr;
  int code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (code == SQLITE_OK && log != nullptr && log->pMethods != nullptr) {
    code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  }
  if (code != SQLITE_OK) return SqliteError(code, sqlite3_errstr(code));
  return Ok();
}

Status SqliteStore::MoveLog() {
  sqlite3* const handle = database_->handle();
  int pages = 0;
  int moved = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  if (code != SQLITE_OK) return SqliteError(code, sqlite3_errmsg(handle));
  if (moved == pages) return Ok();
  return MakeError(Code::kUnavailable, "store_not_writable",
                   "the store: its log could not be written, and cannot be moved yet");
}

Status SqliteStore::ReserveLog() {
  // Zeros after the last frame are no frame: SQLite reads up to the first whose salt and checksum
  // do not hold.
  const std::string path = path_ + "-wal";
  const UniqueFd log(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  const Error failed =
      MakeError(Code::kUnavailable, "store_not_writable", "the store: no room for its log");
  struct stat info {};
  if (!log.valid() || ::fstat(log.get(), &info) != 0) return failed;
  const std::vector<uint8_t> zeros(64 * 1024);
  for (int64_t at = info.st_size; at < kLogReserve;) {
    const size_t want = std::min(zeros.size(), static_cast<size_t>(kLogReserve - at));
    const ssize_t got = ::pwrite(log.get(), zeros.data(), want, at);
    if (got <= 0) return failed;
    at += got;
  }
  if (::fdatasync(log.get()) != 0) return failed;
  return Ok();
}

Result<std::shared_ptr<core::Snapshot>> SqliteStore::TakeSnapshot() {
  if (!snapshot_.expired()) {
    return MakeError(Code::kConflict, "backup_running",
                     "another backup is being made: try again later");
  }
  FOB_TRY(auto snapshot, SqliteSnapshot::Take(path_));
  snapshot_ = snapshot;
  return snapshot;
}

Result<int64_t> SqliteStore::PlaceOf(std::string_view sql, const std::string& id) {
  if (id.empty()) return INT64_MAX;
  FOB_TRY(auto row, database_->First(sql, id));
  if (!row.has_value()) {
    return MakeError(Code::kNotFound, "list_changed", "the list has changed meanwhile, " + id + " is gone: list it anew");
  }
  int64_t place = 0;
  row->Read(place);
  return place;
}

Result<core::StoreCounts> SqliteStore::Counts(int64_t now, const std::string& boot_id) {
  FOB_TRY(const Transaction snapshot, Transaction::Begin(*database_, Transaction::Kind::kRead));
  core::StoreCounts counts;
  counts.writable = Writable(path_);
  FOB_TRY(
      auto row,
      database_->First(
          "SELECT (SELECT user_version FROM pragma_user_version), (SELECT rows FROM totals WHERE "
          "name = 'users'),"
          " (SELECT rows FROM totals WHERE name = 'keys'), (SELECT rows FROM totals WHERE name = "
          "'otps'),"
          " (SELECT count(*) FROM clients), (SELECT coalesce(max(seq), 0) FROM audit),"
          " (SELECT count(*) FROM logins l INDEXED BY logins_open JOIN users u ON u.id = l.user_id"
          "  WHERE l.ended_at IS NULL AND l.expires_at > ?1 "
          "AND " FOB_LOGIN_FATE " = 'live')",
          now, boot_id));
  if (row.has_value()) {
    row->Read(counts.schema, counts.users, counts.keys, counts.otps, counts.clients,
              counts.audit_head, counts.live_logins);
  }
  return counts;
}

}  // namespace fob::store
