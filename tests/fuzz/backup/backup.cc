// Backup files, which come from outside.
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/secret.h"
#include "base/unique_fd.h"
#include "base/write_fully.h"
#include "daemon/backup_reader.h"
#include "daemon/crypto/sha256_hasher.h"

namespace {

using namespace fob;

// A file of these bytes, and the path that it can be opened by.
class MemoryFile {
 public:
  explicit MemoryFile(ByteView bytes) : fd_(::memfd_create("backup", MFD_CLOEXEC)) {
    FUZZ_REQUIRE(fd_.valid() && (bytes.empty() || WriteFully(fd_.get(), bytes)));
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
  UniqueFd fd_;
};

// A folder of this process for the databases that are copied out.
class Folder {
 public:
  Folder() { FUZZ_REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~Folder() { ::rmdir(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/fuzz-backup-XXXXXX";
};

Result<BackupReader> Read(const MemoryFile& file) {
  auto opened = OpenBackup(file.path());
  FUZZ_REQUIRE(opened.ok());
  return BackupReader::Read(file.path(), *std::move(opened));
}

Result<core::BackupTrailer> Copy(BackupReader& reader, ByteView database) {
  static const Folder folder;
  const std::string path = folder.path() + "/db";
  const crypto::Sha256Hasher hasher;
  auto trailer = reader.CopyDatabase(path, hasher);
  struct stat info {};
  if (trailer.ok()) {
    FUZZ_REQUIRE(::stat(path.c_str(), &info) == 0 && (info.st_mode & 0777) == 0600);
    FUZZ_REQUIRE(static_cast<size_t>(info.st_size) == database.size());
  }
  ::unlink(path.c_str());
  return trailer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView all(data, size);
  const auto parsed = core::ParseBackupHeader(AsText(all.first(std::min(size, core::kMaxBackupHeader))));
  const MemoryFile file(all);
  auto reader = Read(file);
  if (!parsed.ok()) {
    FUZZ_REQUIRE(!reader.ok());
    return 0;
  }
  const core::BackupHeader& header = parsed->header;
  const SecretBytes written = core::FormatHeader(header);
  const auto again = core::ParseBackupHeader(written.RevealText());
  FUZZ_REQUIRE(again.ok() && again->size == written.size() && again->header.database == header.database);
  FUZZ_REQUIRE(again->header.head_hash == header.head_hash && again->header.key == header.key);
  if (reader.ok()) {
    const ByteView database = all.subspan(parsed->size, static_cast<size_t>(header.database));
    const auto trailer = Copy(*reader, database);
    const Bytes hash = crypto::Sha256Hasher().Sha256(all.first(parsed->size + database.size()));
    FUZZ_REQUIRE(!trailer.ok() || trailer->sha256 == hash);
  }
  // With the size and the hash that are right, it is taken.
  const ByteView database = all.subspan(parsed->size);
  core::BackupHeader right;
  right.version = header.version;
  right.head_hash = header.head_hash;
  right.master_key = header.master_key;
  right.database = static_cast<int64_t>(database.size());
  const SecretBytes start = core::FormatHeader(right);
  if (start.size() > core::kMaxBackupHeader) return 0;
  Bytes whole(start.Reveal().begin(), start.Reveal().end());
  whole.insert(whole.end(), database.begin(), database.end());
  const std::string end = core::FormatTrailer({crypto::Sha256Hasher().Sha256(whole), Bytes(64)});
  whole.insert(whole.end(), end.begin(), end.end());
  const MemoryFile good(whole);
  auto again_read = Read(good);
  FUZZ_REQUIRE(again_read.ok() && Copy(*again_read, database).ok());
  return 0;
}
