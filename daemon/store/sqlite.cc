#include "daemon/store/sqlite.h"

#include <utility>

namespace fob::store {

Error SqliteError(int extended_code, std::string_view message) {
  const std::string said = "the store: " + std::string(message);
  const std::string text = said + ": see that its disk has room and is not read-only";
  switch (extended_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return MakeError(Code::kCorrupt, "store_corrupt",
                       said + ": it is damaged; stop fobd and put a backup in its place with fobctl restore");
    case SQLITE_FULL:
    case SQLITE_READONLY:
      return MakeError(Code::kUnavailable, "store_not_writable", text);
    case SQLITE_IOERR:
      if (extended_code == SQLITE_IOERR_READ || extended_code == SQLITE_IOERR_SHORT_READ) {
        return MakeError(Code::kUnavailable, "store_not_readable", said);
      }
      return MakeError(Code::kUnavailable, "store_not_writable", text);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return MakeError(Code::kUnavailable, "store_not_readable", said);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return MakeError(Code::kUnavailable, "store_busy", said);
    case SQLITE_CONSTRAINT:
      return MakeError(Code::kConflict, "constraint", said);
    default:
      return MakeError(Code::kInternal, "store", said);
  }
}

Error FailureOf(sqlite3* handle) {
  const char* const path = sqlite3_db_filename(handle, "main");
  const std::string message = sqlite3_errmsg(handle);
  return SqliteError(sqlite3_extended_errcode(handle),
                     path == nullptr || *path == '\0' ? message : path + (": " + message));
}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Statement::Step() {
  sqlite3* const handle = sqlite3_db_handle(statement_);
  if (code_ != SQLITE_OK) return SqliteError(code_, sqlite3_errstr(code_));
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return FailureOf(handle);
  }
}

void Statement::BindNext(int64_t value) {
  const int code = sqlite3_bind_int64(statement_, ++bound_, value);
  if (code_ == SQLITE_OK) code_ = code;
}

void Statement::BindNext(std::string_view text) {
  // An empty text is not NULL, which a null pointer would make of it.
  const char* const data = text.empty() ? "" : text.data();
  const int code =
      sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code_ == SQLITE_OK) code_ = code;
}

void Statement::BindNext(const Bytes& bytes) {
  const void* const data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
  const int code = sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(), SQLITE_TRANSIENT);
  if (code_ == SQLITE_OK) code_ = code;
}

void Statement::BindNext(std::nullopt_t) {
  const int code = sqlite3_bind_null(statement_, ++bound_);
  if (code_ == SQLITE_OK) code_ = code;
}

void Statement::ReadColumn(int column, int64_t& out) {
  out = sqlite3_column_int64(statement_, column);
}

void Statement::ReadColumn(int column, std::string& out) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  text == nullptr ? out.clear() : void(out.assign(text, size));
}

void Statement::ReadColumn(int column, Bytes& out) {
  const auto* data = static_cast<const uint8_t*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  data == nullptr ? out.clear() : out.assign(data, data + size);
}

Result<std::unique_ptr<Database>> Database::Open(const std::string& path, int flags) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) return SqliteError(code, path + ": " + sqlite3_errstr(code));
  return database;
}

Database::~Database() {
  statements_.clear();
  sqlite3_close_v2(handle_);
}

Status Database::Execute(const char* script) {
  if (sqlite3_exec(handle_, script, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return FailureOf(handle_);
  }
  return Ok();
}

Result<Statement> Database::Prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    if (sqlite3_stmt_busy(found->second.get()) != 0) {
      return MakeError(Code::kInternal, "store", "a statement of the store is used twice at once");
    }
    return Statement(found->second.get());
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return FailureOf(handle_);
  }
  statements_.emplace(sql, statement);
  return Statement(statement);
}

Result<Transaction> Transaction::Begin(Database& database, Kind kind) {
  if (!database.InTransaction()) {
    database.begin_ = kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN";
    database.savepoints_ = 0;
    database.changes_before_ = sqlite3_total_changes64(database.handle_);
    FOB_CHECK(database.Run(database.begin_));
    return Transaction(&database, Way::kWhole);
  }
  if (database.IsUntouched()) return Transaction(&database, Way::kFromBegin);
  FOB_CHECK(database.Run("SAVEPOINT operation"));
  ++database.savepoints_;
  return Transaction(&database, Way::kSavepoint);
}

Transaction::~Transaction() {
  // After some failures (disk full) SQLite has undone the whole transaction by itself.
  if (database_ != nullptr && database_->InTransaction()) Undo();
}

void Transaction::Undo() {
  switch (way_) {
    case Way::kWhole:
      (void)database_->Run("ROLLBACK").ok();
      return;
    case Way::kFromBegin:
      // What it is part of goes on, in a transaction as fresh as it was then; if that cannot be had, in none, which
      // fails like one that SQLite has undone.
      if (database_->IsUntouched() || !database_->Run("ROLLBACK").ok()) return;
      (void)database_->Run(database_->begin_).ok();
      database_->changes_before_ = sqlite3_total_changes64(database_->handle_);
      return;
    case Way::kSavepoint:
      (void)database_->Run("ROLLBACK TO operation").ok();
      (void)database_->Run("RELEASE operation").ok();
      --database_->savepoints_;
      return;
  }
}

Status Transaction::Commit() {
  switch (way_) {
    case Way::kWhole:
      FOB_CHECK(database_->Run("COMMIT"));
      break;
    case Way::kFromBegin:
      break;
    case Way::kSavepoint:
      FOB_CHECK(database_->Run("RELEASE operation"));
      --database_->savepoints_;
      break;
  }
  database_ = nullptr;
  return Ok();
}

HeldFile::HeldFile(Database& database, Which which) {
  const int what = which == Which::kDatabase ? SQLITE_FCNTL_FILE_POINTER : SQLITE_FCNTL_JOURNAL_POINTER;
  if (sqlite3_file_control(database.handle(), "main", what, &file_) != SQLITE_OK || file_ == nullptr) return;
  real_ = file_->pMethods;
  if (real_ == nullptr) return;
  replaced_ = *real_;
  file_->pMethods = &replaced_;
}

HeldFile::~HeldFile() {
  if (real_ != nullptr) file_->pMethods = real_;
}

thread_local bool CachedOnly::refused_ = false;

CachedOnly::CachedOnly(Database& database)
    : database_(database, HeldFile::Which::kDatabase), log_(database, HeldFile::Which::kLog) {
  refused_ = false;
  for (HeldFile* held : {&database_, &log_}) held->methods().xRead = &Refuse;
}

int CachedOnly::Refuse(sqlite3_file*, void*, int, sqlite3_int64) {
  refused_ = true;
  return SQLITE_IOERR_READ;
}

thread_local Unsynced* Unsynced::mine_ = nullptr;

Unsynced::Unsynced(Database& database) : log_(database, HeldFile::Which::kLog) {
  mine_ = this;
  log_.methods().xWrite = &Write;
  log_.methods().xSync = &Sync;
}

int Unsynced::Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  mine_->head_written_ |= at == 0;
  return mine_->log_.real()->xWrite(file, from, size, at);
}

int Unsynced::Sync(sqlite3_file* file, int flags) {
  return std::exchange(mine_->head_written_, false) ? mine_->log_.real()->xSync(file, flags) : SQLITE_OK;
}

}  // namespace fob::store
