#pragma once

#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "daemon/core/ports/store.h"
#include "daemon/store/sqlite.h"

namespace fob::store {

// The store at one moment, by SQLite's online backup into a file of its own in the state folder, which
// has no name as soon as it is open. A read transaction holds the moment.
class SqliteSnapshot final : public core::Snapshot {
 public:
  // Of the store in the file `path`.
  static Result<std::shared_ptr<core::Snapshot>> Take(const std::string& path);

  const Facts& facts() const override { return facts_; }
  Result<bool> Copy() override;
  int64_t size() const override { return size_; }
  Result<Bytes> Read(size_t most) override;

 private:
  struct EndBackup {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
  };
  SqliteSnapshot() = default;
  Status Begin(const std::string& path);
  Status Complete();

  Facts facts_;
  std::unique_ptr<Database> source_;
  std::unique_ptr<Database> copy_;
  std::unique_ptr<sqlite3_backup, EndBackup> backup_;
  UniqueFd file_;
  int64_t size_ = 0;
};

}  // namespace fob::store
