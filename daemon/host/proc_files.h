#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/host/proc_text.h"

namespace fob::host {

// What the kernel tells of one process, in its files below `root` and, where these are the kernel's own, by pidfd.
class ProcFiles {
 public:
  ProcFiles() : ProcFiles("/proc", true) {}
  explicit ProcFiles(std::string root, bool pidfds = false) : root_(std::move(root)), pidfds_(pidfds) {}

  // With the pid it names one process until the next boot: the number of its pidfd, where the kernel keeps one
  // of each process (6.9) and tells of it (6.13), else when it started, in clock ticks since boot.
  std::optional<uint64_t> StartTime(int32_t pid) const;
  // The uids of that process; nothing when `pid` is not, or not any more, the one of that start.
  std::optional<ProcessUids> UidsOf(int32_t pid, uint64_t start_time) const;
  std::optional<uint32_t> Session(int32_t pid) const;
  bool Sees(int32_t pid) const;  // its files
  std::string Program(int32_t pid) const;
  std::string BootId() const;
  std::vector<int32_t> Pids() const;  // all processes that we may see

 private:
  std::string Path(int32_t pid, const char* file) const;
  std::string root_;
  bool pidfds_;
};

// StartTime of `pid`; 0: unknown.
uint64_t ReadStartTime(int32_t pid);

}  // namespace fob::host
