#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

// A backup file.
//
//   file     = header database trailer
//   header   = "fob backup 1" LF *( name SP value LF ) LF      names in this order:
//              version schema epoch created_at head_seq head_hash master_key database [key]
//   database = so many bytes as `database` says: a SQLite file
//   trailer  = "sha256 " HEX LF "signature " BASE64URL LF "end" LF
//
// Numbers are decimal, hashes hexadecimal. SHA-256 is over header and database; the signature, by the
// store's audit key, over "fob backup 1" LF and that hash. `key` is the master key itself, when it was
// asked for.
namespace fob::core {

struct BackupHeader {
  std::string version;  // of the fobd that made it
  int64_t schema = 0;
  int64_t epoch = 0;
  int64_t created_at = 0;
  int64_t head_seq = 0;
  Bytes head_hash;
  std::string master_key;  // its id
  int64_t database = 0;    // bytes
  std::optional<SecretBytes> key;
};

struct BackupTrailer {
  Bytes sha256;
  Bytes signature;
};

inline constexpr size_t kMaxBackupHeader = 2048;   // bytes
inline constexpr size_t kMaxBackupTrailer = 512;

SecretBytes FormatHeader(const BackupHeader& header);
std::string FormatTrailer(const BackupTrailer& trailer);
Bytes BackupStatement(const Bytes& sha256);

// The header at the start of `text`, and how many bytes it takes. kCorrupt "not_a_backup".
struct ParsedHeader {
  BackupHeader header;
  size_t size = 0;
};
Result<ParsedHeader> ParseBackupHeader(std::string_view text);
// All of `text`. kCorrupt "backup_cut_off".
Result<BackupTrailer> ParseBackupTrailer(std::string_view text);

}  // namespace fob::core
