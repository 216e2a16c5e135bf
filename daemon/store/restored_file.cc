#include "daemon/store/restored_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/unique_fd.h"

namespace fob::store {
namespace {

constexpr const char* kStage = "/restore.tmp";
constexpr const char* kReady = "/restore.ready";
constexpr const char* kStore = "/fob.db";
constexpr const char* kFormer = "/fob.db.before-restore";
constexpr const char* kParts[] = {"-wal", "-shm", ""};

Error Failed(const std::string& path) {
  return MakeError(Code::kUnavailable, "restore_failed", path + ": " + std::generic_category().message(errno));
}

Status Sync(const std::string& path, int flags) {
  const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return Failed(path);
  return Ok();
}

Status Move(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT) return Failed(from);
  return Ok();
}

}  // namespace

std::string MakeStage(const std::string& state_dir) {
  RemoveStage(state_dir);
  return state_dir + kStage;
}

void RemoveStage(const std::string& state_dir) {
  // A folder it was once.
  std::error_code ignored;
  for (const char* part : kParts) std::filesystem::remove_all(state_dir + kStage + part, ignored);
}

Status PublishStage(const std::string& state_dir) {
  const std::string staged = state_dir + kStage;
  FOB_CHECK(Sync(staged, O_RDONLY));
  // Of a restore before this one; not later, when the former store of this one has that name.
  for (const char* part : kParts) ::unlink((state_dir + kFormer + part).c_str());
  if (::rename(staged.c_str(), (state_dir + kReady).c_str()) != 0) return Failed(staged);
  FOB_CHECK(Sync(state_dir, O_RDONLY | O_DIRECTORY));
  RemoveStage(state_dir);
  return Ok();
}

Status FinishRestore(const std::string& state_dir) {
  struct stat info {};
  if (::lstat((state_dir + kReady).c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Ok();
    return Failed(state_dir + kReady);
  }
  // The log first: it must never meet a store that it is not of.
  for (const char* part : kParts) FOB_CHECK(Move(state_dir + kStore + part, state_dir + kFormer + part));
  FOB_CHECK(Move(state_dir + kReady, state_dir + kStore));
  return Sync(state_dir, O_RDONLY | O_DIRECTORY);
}

}  // namespace fob::store
