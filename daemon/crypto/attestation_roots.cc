#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/unique_fd.h"
#include "daemon/crypto/attestation_certificates.h"

namespace fob::crypto {
namespace {

constexpr size_t kMaxFiles = 256;
constexpr size_t kMaxFile = 256 * 1024;  // bytes

Error Refuse(Code code, std::string_view reason, const std::string& path, std::string_view why) {
  return MakeError(code, reason, fmt::format("attestation roots {}: {}", path, why));
}

Error Unreadable(const std::string& path, int error) {
  return Refuse(Code::kUnavailable, "attestation_roots", path,
                std::generic_category().message(error));
}

Status CheckOwner(const std::string& path, const struct stat& info) {
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    return Refuse(Code::kNotPermitted, "attestation_roots", path,
                  fmt::format("belongs to uid {}, neither root nor ours", info.st_uid));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Refuse(Code::kNotPermitted, "attestation_roots", path,
                  "others than its owner may write it: run chmod go-w on it");
  }
  return Ok();
}

Result<std::vector<std::string>> PemNames(const std::string& folder, int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  const std::unique_ptr<DIR, decltype([](DIR* dir) { ::closedir(dir); })> dir(
      copy.valid() ? ::fdopendir(copy.get()) : nullptr);
  if (dir == nullptr) return Unreadable(folder, errno);
  copy.release();
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (!name.ends_with(".pem") || name.starts_with(".")) continue;
    if (names.size() == kMaxFiles)
      return Refuse(Code::kInvalidArgument, "bad_root", folder, "more than 256 files");
    names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Result<std::string> ReadPemFile(int folder_fd, const std::string& name, const std::string& path) {
  const UniqueFd file(
      ::openat(folder_fd, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid() && errno == ELOOP)
    return Refuse(Code::kNotPermitted, "attestation_roots", path,
                  "is a symbolic link; copy the file");
  if (!file.valid()) return Unreadable(path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Unreadable(path, errno);
  if (!S_ISREG(info.st_mode))
    return Refuse(Code::kNotPermitted, "attestation_roots", path, "is not a regular file");
  FOB_CHECK(CheckOwner(path, info));
  std::string text(kMaxFile + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unreadable(path, errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > kMaxFile)
    return Refuse(Code::kInvalidArgument, "bad_root", path, "is larger than 256 KiB");
  text.resize(size);
  return text;
}

}  // namespace

Result<AttestationCertificates> LoadAttestationRoots(const std::string& folder) {
  const UniqueFd dir(::open(folder.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (!dir.valid() && errno == ENOENT) return AttestationCertificates::Create({});
  if (!dir.valid()) return Unreadable(folder, errno);
  struct stat info {};
  if (::fstat(dir.get(), &info) != 0) return Unreadable(folder, errno);
  FOB_CHECK(CheckOwner(folder, info));
  FOB_TRY(const std::vector<std::string> names, PemNames(folder, dir.get()));
  std::vector<std::string> texts;
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    FOB_TRY(std::string text, ReadPemFile(dir.get(), name, path));
    // Each on its own first, so that the message names the file.
    if (const auto alone = AttestationCertificates::Create({text}); !alone.ok())
      return Refuse(alone.error().code, alone.error().reason, path, alone.error().text);
    texts.push_back(std::move(text));
  }
  return AttestationCertificates::Create(texts);
}

}  // namespace fob::crypto
