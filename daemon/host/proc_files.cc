#include "daemon/host/proc_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>

#include "base/unique_fd.h"
#include "daemon/host/pidfd.h"

namespace fob::host {
namespace {

// The whole of a small file; empty when it cannot be read. The kernel hands such a file over in one piece.
std::string ReadSmall(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return {};
  char text[8192];
  ssize_t got = 0;
  do {
    got = ::read(file.get(), text, sizeof(text));
  } while (got < 0 && errno == EINTR);
  return std::string(text, got > 0 ? static_cast<size_t>(got) : 0);
}

}  // namespace

std::string ProcFiles::Path(int32_t pid, const char* file) const {
  return root_ + "/" + std::to_string(pid) + "/" + file;
}

std::optional<uint64_t> ProcFiles::StartTime(int32_t pid) const {
  if (!pidfds_ || !KernelTellsOfPidfds()) return StartTimeFromStat(ReadSmall(Path(pid, "stat")));
  const auto process = PidfdOf(pid);
  return process.has_value() ? std::optional(process->number) : std::nullopt;
}

std::optional<ProcessUids> ProcFiles::UidsOf(int32_t pid, uint64_t start_time) const {
  if (pidfds_ && KernelTellsOfPidfds()) {
    const auto process = PidfdOf(pid);
    return process.has_value() && process->number == start_time ? std::optional(process->uids) : std::nullopt;
  }
  const auto uids = UidsFromStatus(ReadSmall(Path(pid, "status")));
  return StartTime(pid) == start_time ? uids : std::nullopt;
}

bool ProcFiles::Sees(int32_t pid) const { return !ReadSmall(Path(pid, "stat")).empty(); }

std::optional<uint32_t> ProcFiles::Session(int32_t pid) const { return AuditSession(ReadSmall(Path(pid, "sessionid"))); }

std::string ProcFiles::Program(int32_t pid) const {
  // Another uid's link can be read with CAP_SYS_PTRACE only; its comm by anyone.
  char target[4096];
  const ssize_t size = ::readlink(Path(pid, "exe").c_str(), target, sizeof(target));
  if (size > 0) return ProgramName(std::string_view(target, static_cast<size_t>(size)));
  return ProgramName(ReadSmall(Path(pid, "comm")));
}

std::string ProcFiles::BootId() const { return BootIdFromText(ReadSmall(root_ + "/sys/kernel/random/boot_id")); }

std::vector<int32_t> ProcFiles::Pids() const {
  struct Closer {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  std::vector<int32_t> pids;
  const std::unique_ptr<DIR, Closer> folder(::opendir(root_.c_str()));
  if (folder == nullptr) return pids;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name(entry->d_name);
    int32_t pid = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed == std::errc() && end == name.data() + name.size()) pids.push_back(pid);
  }
  return pids;
}

uint64_t ReadStartTime(int32_t pid) { return ProcFiles().StartTime(pid).value_or(0); }

}  // namespace fob::host
