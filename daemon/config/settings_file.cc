#include "daemon/config/settings_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"
#include "daemon/config/settings_text.h"

namespace fob::config {
namespace {

constexpr size_t kLargest = 256 * 1024;

Error Unreadable(const std::string& path, std::string_view why) {
  return MakeError(Code::kUnavailable, "config_unreadable", fmt::format("cannot read {}: {}", path, why));
}

Error Unsafe(const std::string& path, std::string_view why) {
  return MakeError(Code::kNotPermitted, "config_unsafe", fmt::format("{}: {}", path, why));
}

bool IsOurs(const struct stat& info) { return info.st_uid == 0 || info.st_uid == ::geteuid(); }

Status CheckFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return Unreadable(path, std::strerror(errno));
  if (!IsOurs(info)) return Unsafe(folder, fmt::format("belongs to uid {}, who could replace fobd.toml", info.st_uid));
  if ((info.st_mode & S_IWOTH) != 0 && (info.st_mode & S_ISVTX) == 0) {
    return Unsafe(folder, fmt::format("everybody may write this folder: run chmod o-w {}", folder));
  }
  return Ok();
}

Status CheckFile(const std::string& path, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return Unsafe(path, "is not a regular file");
  if (!IsOurs(info)) {
    return Unsafe(path, fmt::format("belongs to uid {}; it must belong to root or to uid {}", info.st_uid, ::geteuid()));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Unsafe(path, fmt::format("others than its owner may write it: run chmod go-w {}", path));
  }
  return Ok();
}

Result<std::string> ReadAll(const std::string& path, int fd) {
  std::string text(kLargest + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unreadable(path, std::strerror(errno));
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > kLargest) return Unreadable(path, "it is larger than 256 KiB");
  text.resize(size);
  return text;
}

}  // namespace

Result<core::Settings> LoadSettings(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid() && errno == ELOOP) return Unsafe(path, "is a symbolic link; name the file itself");
  if (!file.valid()) return Unreadable(path, std::strerror(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Unreadable(path, std::strerror(errno));
  FOB_CHECK(CheckFile(path, info));
  FOB_CHECK(CheckFolder(path));
  FOB_TRY(const std::string text, ReadAll(path, file.get()));
  return ParseSettings(text, path);
}

}  // namespace fob::config
