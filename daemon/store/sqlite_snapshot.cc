#include "daemon/store/sqlite_snapshot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace fob::store {
namespace {

constexpr int kPages = 512;  // 2 MiB in one go, so that others get their turn

Error CannotCopy(const std::string& path) {
  return MakeError(Code::kUnavailable, "backup_failed",
                   "cannot put a copy of the store aside: " + path + ": " + std::generic_category().message(errno));
}

}  // namespace

Result<std::shared_ptr<core::Snapshot>> SqliteSnapshot::Take(const std::string& path) {
  std::shared_ptr<SqliteSnapshot> snapshot(new SqliteSnapshot());
  FOB_CHECK(snapshot->Begin(path));
  return std::shared_ptr<core::Snapshot>(std::move(snapshot));
}

Status SqliteSnapshot::Begin(const std::string& path) {
  FOB_TRY(source_, Database::Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW));
  FOB_CHECK(source_->Execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; BEGIN;"));
  FOB_TRY(auto row, source_->First(
                        "SELECT (SELECT user_version FROM pragma_user_version), (SELECT max(epoch) FROM epochs),"
                        " seq, hash, (SELECT coalesce(next, id) FROM master_key)"
                        " FROM audit ORDER BY seq DESC LIMIT 1"));
  if (!row.has_value()) return MakeError(Code::kCorrupt, "store_corrupt", "the store: its audit trail is empty");
  row->Read(facts_.schema, facts_.epoch, facts_.head_seq, facts_.head_hash, facts_.master_key_id);
  const std::string copy = path + ".backup";
  ::unlink(copy.c_str());  // of a daemon that was killed
  file_.reset(::open(copy.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_.valid()) return CannotCopy(copy);
  FOB_TRY(copy_, Database::Open(copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW));
  // It need not outlive a crash. The query is what opens the file.
  const Status opened = copy_->Execute(
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; SELECT count(*) FROM sqlite_schema;");
  ::unlink(copy.c_str());
  FOB_CHECK(opened);
  backup_.reset(sqlite3_backup_init(copy_->handle(), "main", source_->handle(), "main"));
  if (backup_ == nullptr)
    return SqliteError(sqlite3_extended_errcode(copy_->handle()), sqlite3_errmsg(copy_->handle()));
  return Ok();
}

Result<bool> SqliteSnapshot::Copy() {
  const int code = sqlite3_backup_step(backup_.get(), kPages);
  if (code == SQLITE_OK) return false;
  if (code != SQLITE_DONE) return SqliteError(code, sqlite3_errstr(code));
  FOB_CHECK(Complete());
  return true;
}

Status SqliteSnapshot::Complete() {
  backup_.reset();
  copy_.reset();
  source_.reset();
  struct stat info {};
  if (::fstat(file_.get(), &info) != 0) return CannotCopy("looking at it");
  size_ = info.st_size;
  return Ok();
}

Result<Bytes> SqliteSnapshot::Read(size_t most) {
  Bytes bytes(most);
  ssize_t got = -1;
  do {
    got = ::read(file_.get(), bytes.data(), bytes.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) return CannotCopy("reading it");
  bytes.resize(static_cast<size_t>(got));
  return bytes;
}

}  // namespace fob::store
