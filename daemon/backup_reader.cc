#include "daemon/backup_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/write_fully.h"

namespace fob {
namespace {

constexpr size_t kPiece = 256 * 1024;

Error Failed(const std::string& path) {
  const Code code = errno == ENOENT ? Code::kNotFound : errno == EACCES ? Code::kNotPermitted : Code::kUnavailable;
  return MakeError(code, "backup_file", path + ": " + std::generic_category().message(errno));
}

// Up to `size` bytes from `at` on; fewer at the end.
Result<Bytes> ReadAt(int fd, const std::string& path, size_t size, size_t at) {
  Bytes bytes(size);
  size_t have = 0;
  while (have < size) {
    const ssize_t got = ::pread(fd, bytes.data() + have, size - have, static_cast<off_t>(at + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(path);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace

Result<UniqueFd> OpenBackup(const std::string& file) {
  // O_NONBLOCK: a FIFO must not hold us before it is seen to be one.
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) return Failed(file);
  return fd;
}

Error BackupReader::Refuse(const Error& error) const {
  return MakeError(error.code, error.reason, file_ + ": " + error.text + "; nothing was changed");
}

Result<BackupReader> BackupReader::Read(const std::string& file, UniqueFd fd) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Failed(file);
  BackupReader reader(file, std::move(fd));
  const auto not_one = MakeError(Code::kCorrupt, "not_a_backup", "it is no backup of fob");
  if (!S_ISREG(info.st_mode)) return reader.Refuse(not_one);
  FOB_TRY(Bytes start, ReadAt(reader.fd_.get(), file, core::kMaxBackupHeader, 0));
  auto parsed = core::ParseBackupHeader(AsText(start));
  Wipe(start);
  if (!parsed.ok()) return reader.Refuse(parsed.error());
  reader.header_ = std::move(parsed->header);
  reader.header_size_ = parsed->size;
  const auto whole = static_cast<uint64_t>(info.st_size);
  const uint64_t before = reader.header_size_ + static_cast<uint64_t>(reader.header_.database);
  if (whole <= before || whole - before > core::kMaxBackupTrailer) {
    return reader.Refuse(MakeError(Code::kCorrupt, "backup_cut_off",
                                   "it has " + std::to_string(whole) + " bytes and should have a little more than " +
                                       std::to_string(before) + ": cut off, or damaged"));
  }
  reader.trailer_size_ = whole - before;
  return reader;
}

Result<core::BackupTrailer> BackupReader::CopyDatabase(const std::string& path, const core::Hasher& hasher) {
  const UniqueFd out(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!out.valid()) return Failed(path);
  const auto hash = hasher.Start();
  FOB_TRY(Bytes header, ReadAt(fd_.get(), file_, header_size_, 0));
  hash->Add(header);
  Wipe(header);
  const size_t end = header_size_ + static_cast<size_t>(header_.database);
  for (size_t at = header_size_; at < end;) {
    FOB_TRY(const Bytes piece, ReadAt(fd_.get(), file_, std::min(kPiece, end - at), at));
    if (piece.empty()) break;
    hash->Add(piece);
    if (!WriteFully(out.get(), piece)) return Failed(path);
    at += piece.size();
  }
  FOB_TRY(const Bytes text, ReadAt(fd_.get(), file_, trailer_size_, end));
  auto trailer = core::ParseBackupTrailer(AsText(text));
  if (!trailer.ok()) return Refuse(trailer.error());
  if (hash->Finish() != trailer->sha256) {
    return Refuse(MakeError(Code::kCorrupt, "backup_damaged", "its SHA-256 is not the one that it ends with: damaged"));
  }
  return trailer;
}

}  // namespace fob
