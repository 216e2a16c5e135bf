#include "daemon/crypto/master_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/unique_fd.h"
#include "daemon/crypto/aes_gcm_sealer.h"

namespace fob::crypto {
namespace {

// systemd hands a credential over as root's file with an access list for the service's uid, and the
// list's mask shows as read permission of the group.
bool IsExposed(const struct stat& file) {
  const mode_t mode = file.st_mode & 07777;
  const bool of_root = file.st_uid == 0 && file.st_gid == 0;
  const mode_t allowed = of_root ? 0640 : 0600;
  return (mode & ~allowed) != 0;
}

Error Refuse(Code code, std::string_view reason, const std::string& path, std::string_view why) {
  return MakeError(code, reason, fmt::format("master key {}: {}", path, why));
}

}  // namespace

Result<SecretBytes> LoadMasterKey(const std::string& path) {
  // O_NONBLOCK: a FIFO must not hold us before it is seen to be one.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) {
    if (errno == ENOENT) return Refuse(Code::kNotFound, "master_key", path, "no such file: put it back from its copy, or run fobctl init if this host never had one");
    if (errno == ELOOP)
      return Refuse(Code::kNotPermitted, "master_key", path, "is a symbolic link");
    return Refuse(Code::kUnavailable, "master_key", path, std::generic_category().message(errno));
  }
  struct stat file {};
  if (::fstat(fd.get(), &file) != 0) {
    return Refuse(Code::kUnavailable, "master_key", path, std::generic_category().message(errno));
  }
  if (!S_ISREG(file.st_mode))
    return Refuse(Code::kInvalidArgument, "master_key", path, "is not a regular file");
  if (file.st_uid != 0 && file.st_uid != ::geteuid()) {
    return Refuse(Code::kNotPermitted, "master_key_exposed", path,
                  fmt::format("belongs to uid {}, neither root nor ours", file.st_uid));
  }
  if (IsExposed(file)) {
    return Refuse(Code::kNotPermitted, "master_key_exposed", path,
                  fmt::format("has mode {:04o}; make it 0400", file.st_mode & 07777));
  }
  if (file.st_size != AesGcmSealer::kMasterKeySize) {
    return Refuse(Code::kInvalidArgument, "master_key", path,
                  fmt::format("has {} bytes where exactly 32 are due", file.st_size));
  }
  SecretBytes key(AesGcmSealer::kMasterKeySize);
  size_t have = 0;
  while (have < key.size()) {
    const ssize_t got = ::read(fd.get(), key.RevealMutable().data() + have, key.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Refuse(Code::kUnavailable, "master_key", path, "cannot be read in full");
    have += static_cast<size_t>(got);
  }
  return key;
}

}  // namespace fob::crypto
