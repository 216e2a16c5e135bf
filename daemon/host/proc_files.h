#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/host/proc_text.h"

namespace fob::host {

// Reads the files of one process below `root` ("/proc").
class ProcFiles {
 public:
  explicit ProcFiles(std::string root = "/proc") : root_(std::move(root)) {}

  std::optional<uint64_t> StartTime(int32_t pid) const;
  std::optional<uint32_t> Session(int32_t pid) const;
  std::optional<ProcessUids> Uids(int32_t pid) const;
  std::string Program(int32_t pid) const;
  std::string BootId() const;
  std::vector<int32_t> Pids() const;  // all processes that we may see

 private:
  std::string Path(int32_t pid, const char* file) const;
  std::string root_;
};

// When `pid` started, in clock ticks since boot: with the pid it names one process for good. 0: unknown.
uint64_t ReadStartTime(int32_t pid);

}  // namespace fob::host
