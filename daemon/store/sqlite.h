#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "base/result.h"

// The little of SQLite that the store uses, with owners and errors of our kind. A Database and all
// that comes from it belong to one thread at a time.
namespace fob::store {

// What SQLite said, as one of ours:
//   kCorrupt "store_corrupt"            CORRUPT, NOTADB
//   kUnavailable "store_not_writable"   FULL, READONLY, IOERR while writing
//   kUnavailable "store_not_readable"   CANTOPEN, PERM, IOERR while reading
//   kUnavailable "store_busy"           BUSY, LOCKED
//   kConflict "constraint"              CONSTRAINT
//   kInternal "store"                   anything else
Error SqliteError(int extended_code, std::string_view message);
// The connection's last failure, with the file's path.
Error FailureOf(sqlite3* handle);

// A prepared statement, lent by its Database. Reset and emptied of values when dropped.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  ~Statement();
  Statement(Statement&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)),
        bound_(other.bound_),
        code_(other.code_) {}
  Statement& operator=(Statement&&) = delete;

  // Gives the values of the parameters ?1, ?2, ... in their order.
  template <typename... Values>
  void Bind(const Values&... values) {
    (BindNext(values), ...);
  }
  Result<bool> Step();  // true: there is a row to read

  // Reads the columns of the present row in their order.
  template <typename... Values>
  void Read(Values&... values) {
    int column = 0;
    (ReadColumn(column++, values), ...);
  }

 private:
  void BindNext(int64_t value);
  void BindNext(int value) { BindNext(static_cast<int64_t>(value)); }
  void BindNext(uint32_t value) { BindNext(static_cast<int64_t>(value)); }
  void BindNext(bool value) { BindNext(static_cast<int64_t>(value)); }
  void BindNext(std::string_view text);
  void BindNext(const std::string& text) { BindNext(std::string_view(text)); }
  void BindNext(const char* text) { BindNext(std::string_view(text)); }
  void BindNext(const Bytes& bytes);
  void BindNext(std::nullopt_t);
  template <typename T>
  void BindNext(const std::optional<T>& value) {
    value.has_value() ? BindNext(*value) : BindNext(std::nullopt);
  }

  void ReadColumn(int column, int64_t& out);
  void ReadColumn(int column, int& out) {
    out = static_cast<int>(sqlite3_column_int64(statement_, column));
  }
  void ReadColumn(int column, uint32_t& out) {
    out = static_cast<uint32_t>(sqlite3_column_int64(statement_, column));
  }
  void ReadColumn(int column, bool& out) { out = sqlite3_column_int64(statement_, column) != 0; }
  void ReadColumn(int column, std::string& out);
  void ReadColumn(int column, Bytes& out);
  template <typename T>
  void ReadColumn(int column, std::optional<T>& out) {
    out.reset();
    if (sqlite3_column_type(statement_, column) != SQLITE_NULL) ReadColumn(column, out.emplace());
  }

  sqlite3_stmt* statement_;
  int bound_ = 0;
  int code_ = SQLITE_OK;  // the first failure to bind
};

class Database {
 public:
  // `flags` as of sqlite3_open_v2. The connection does no locking of its own between threads.
  static Result<std::unique_ptr<Database>> Open(const std::string& path, int flags);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Status Execute(const char* script);
  // Statements are kept for the next time: `sql` must come from a fixed set.
  Result<Statement> Prepare(std::string_view sql);

  // Runs one statement without rows; the number of rows that it changed.
  template <typename... Values>
  Result<int64_t> Run(std::string_view sql, const Values&... values) {
    FOB_TRY(Statement statement, Prepare(sql));
    statement.Bind(values...);
    FOB_CHECK(statement.Step());
    return static_cast<int64_t>(sqlite3_changes64(handle_));
  }
  // The first row of a query, if there is one: its statement is ready to Read.
  template <typename... Values>
  Result<std::optional<Statement>> First(std::string_view sql, const Values&... values) {
    FOB_TRY(Statement statement, Prepare(sql));
    statement.Bind(values...);
    FOB_TRY(const bool row, statement.Step());
    if (!row) return std::optional<Statement>();
    return std::optional<Statement>(std::move(statement));
  }

  // Whether a transaction is open in which nothing was written yet, and no savepoint is.
  bool IsUntouched() const {
    return InTransaction() && savepoints_ == 0 && sqlite3_total_changes64(handle_) == changes_before_;
  }
  bool InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  int64_t LastRowId() const { return sqlite3_last_insert_rowid(handle_); }
  sqlite3* handle() const { return handle_; }

 private:
  friend class Transaction;
  explicit Database(sqlite3* handle) : handle_(handle) {}

  // All of them begin alike; few have the same length.
  struct HashOfText {
    using is_transparent = void;
    size_t operator()(std::string_view sql) const { return sql.size() * 131 + static_cast<size_t>(sql.empty() ? 0 : sql.back()); }
  };

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* handle_;
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, HashOfText, std::equal_to<>> statements_;
  const char* begin_ = "BEGIN";  // by which the open transaction began
  int64_t changes_before_ = 0;   // and how many rows had been changed by then
  int savepoints_ = 0;           // open in it
};

// A transaction, or a savepoint where one is open already. Undone when dropped without Commit. A savepoint makes
// SQLite copy each page that changes after it; one before the first change is the transaction's own begin, and none.
class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  static Result<Transaction> Begin(Database& database, Kind kind);
  ~Transaction();
  Transaction(Transaction&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)), way_(other.way_) {}
  Transaction& operator=(Transaction&&) = delete;

  Status Commit();

 private:
  enum class Way { kWhole, kFromBegin, kSavepoint };
  Transaction(Database* database, Way way) : database_(database), way_(way) {}
  void Undo();

  Database* database_;
  Way way_;
};

// The files of a connection: the database's, and its log's. What is done to them can be replaced while this lives.
class HeldFile {
 public:
  enum class Which { kDatabase, kLog };
  HeldFile(Database& database, Which which);
  ~HeldFile();
  HeldFile(const HeldFile&) = delete;
  HeldFile& operator=(const HeldFile&) = delete;

  sqlite3_io_methods& methods() { return replaced_; }
  const sqlite3_io_methods* real() const { return real_; }  // null: there is no such file

 private:
  sqlite3_file* file_ = nullptr;
  const sqlite3_io_methods* real_ = nullptr;
  sqlite3_io_methods replaced_{};
};

// As long as it lives, what this connection would have to read from the disk cannot be read: what its cache
// holds can. Only for reading.
class CachedOnly {
 public:
  explicit CachedOnly(Database& database);

  // Something was not in the cache, and a query has failed for it. Asked on the thread that made this.
  bool missed() const { return refused_; }

 private:
  static int Refuse(sqlite3_file* file, void* to, int size, sqlite3_int64 at);

  static thread_local bool refused_;
  HeldFile database_;
  HeldFile log_;
};

// As long as it lives, this connection's commits do not wait for the disk, and whoever made it syncs the log later.
// (PRAGMA synchronous says the same, but is compiled anew each time.) A log that begins anew has its head synced
// nevertheless: without that, what was written before could pass for a part of it.
class Unsynced {
 public:
  explicit Unsynced(Database& database);
  ~Unsynced() { mine_ = nullptr; }
  Unsynced(const Unsynced&) = delete;
  Unsynced& operator=(const Unsynced&) = delete;

 private:
  static int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at);
  static int Sync(sqlite3_file* file, int flags);

  static thread_local Unsynced* mine_;
  HeldFile log_;
  bool head_written_ = false;
};

}  // namespace fob::store
