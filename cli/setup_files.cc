#include "cli/setup_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/random.h"
#include "base/write_fully.h"

namespace fob::cli {
namespace {

Error Failed(std::string_view what, const std::string& path) {
  const int error = errno;
  const Code code = error == EACCES || error == EPERM || error == EROFS ? Code::kNotPermitted
                    : error == ENOENT                                   ? Code::kNotFound
                    : error == EEXIST                                   ? Code::kConflict
                                                                        : Code::kInternal;
  return MakeError(code, "setup_failed",
                   fmt::format("cannot {} {}: {}", what, path, std::strerror(error)));
}

Error Unsafe(const std::string& path, std::string_view why) {
  return MakeError(Code::kConflict, "unsafe_folder", fmt::format("{} {}", path, why));
}

Status CheckFolder(const std::string& path, const struct stat& info, Owner owner) {
  if (info.st_uid != 0 && info.st_uid != ::geteuid() && info.st_uid != owner.uid) {
    return Unsafe(
        path, fmt::format("belongs to uid {}, who could replace what is put there", info.st_uid));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (info.st_mode & S_ISVTX) == 0) {
    return Unsafe(path, fmt::format("can be written by others: run chmod go-w {}", path));
  }
  return Ok();
}

}  // namespace

Owner DaemonOwner() {
  if (::geteuid() == 0) {
    if (const passwd* account = ::getpwnam("fob"); account != nullptr)
      return {account->pw_uid, account->pw_gid};
  }
  return {::geteuid(), ::getegid()};
}

Result<UniqueFd> OpenFolder(const std::string& path, mode_t mode, Owner owner) {
  const bool made = ::mkdir(path.c_str(), mode) == 0;
  if (!made && errno != EEXIST) return Failed("make the folder", path);
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid() && (errno == ELOOP || errno == ENOTDIR)) {
    return Unsafe(path,
                  "is not a folder (a symbolic link is not followed): name the folder itself");
  }
  if (!folder.valid()) return Failed("open the folder", path);
  struct stat info {};
  if (::fstat(folder.get(), &info) != 0) return Failed("look at", path);
  FOB_CHECK(CheckFolder(path, info, owner));
  if (!made) return folder;
  if (::fchmod(folder.get(), mode) != 0) return Failed("set the mode of", path);
  if (owner.uid != info.st_uid && ::fchown(folder.get(), owner.uid, owner.gid) != 0)
    return Failed("give away", path);
  return folder;
}

Result<NewFile> NewFile::Create(int folder, const std::string& folder_path, const std::string& name,
                                ByteView content, mode_t mode, Owner owner) {
  const std::string path = folder_path + "/" + name;
  SystemRandom random;
  NewFile draft(folder, random.Id("." + name + "."));
  const UniqueFd file(::openat(folder, draft.name_.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) {
    draft.Keep();
    return Failed("create a file in", folder_path);
  }
  if (!WriteFully(file.get(), content)) return Failed("write", path);
  if (owner.uid != ::geteuid() && ::fchown(file.get(), owner.uid, owner.gid) != 0)
    return Failed("give away", path);
  if (::fchmod(file.get(), mode) != 0) return Failed("set the mode of", path);
  if (::fsync(file.get()) != 0) return Failed("sync", path);
  // link(2), unlike rename(2), never replaces what already has the name.
  if (::linkat(folder, draft.name_.c_str(), folder, name.c_str(), 0) != 0) {
    if (errno != EEXIST) return Failed("create", path);
    return MakeError(Code::kConflict, "exists",
                     fmt::format("{} exists already; nothing was changed", path));
  }
  NewFile out(folder, name);
  if (::fsync(folder) != 0) return Failed("sync", folder_path);
  return out;
}

NewFile::NewFile(NewFile&& other) noexcept
    : folder_(other.folder_),
      name_(std::move(other.name_)),
      kept_(std::exchange(other.kept_, true)) {}

NewFile::~NewFile() {
  if (!kept_) ::unlinkat(folder_, name_.c_str(), 0);
}

}  // namespace fob::cli
