#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "daemon/core/backup_format.h"
#include "daemon/core/ports/crypto.h"

namespace fob {

// Opens a backup file and reads nothing of it, so that whoever reads may have fewer rights. kNotFound, kNotPermitted,
// kUnavailable; the text names the file.
Result<UniqueFd> OpenBackup(const std::string& file);

// A backup file that is read once: first what it says of itself, then its database.
class BackupReader {
 public:
  // file: its name, for errors. kUnavailable; kCorrupt "not_a_backup" or "backup_cut_off": the file's size
  // is not what its header says. The texts name the file.
  static Result<BackupReader> Read(const std::string& file, UniqueFd fd);

  const core::BackupHeader& header() const { return header_; }
  const std::string& file() const { return file_; }

  // Writes the database to the new file `path` (0600). kCorrupt "backup_damaged": its hash is another.
  Result<core::BackupTrailer> CopyDatabase(const std::string& path, const core::Hasher& hasher);

 private:
  BackupReader(std::string file, UniqueFd fd) : file_(std::move(file)), fd_(std::move(fd)) {}
  Error Refuse(const Error& error) const;

  std::string file_;
  UniqueFd fd_;
  core::BackupHeader header_;
  size_t header_size_ = 0;
  size_t trailer_size_ = 0;
};

}  // namespace fob
