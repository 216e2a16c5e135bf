#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fob::testing {

struct PlantedSecret {
  std::string name;   // "PIN"
  std::string bytes;  // at least six
};

// Where a secret stands in the writable mappings of a process: "PIN in [heap], among ...". Nothing
// where it cannot be read: the process is gone, or belongs to somebody else.
std::optional<std::vector<std::string>> FindInMemory(pid_t pid,
                                                     const std::vector<PlantedSecret>& secrets);

// The same in some text.
std::vector<std::string> FindIn(std::string_view where, std::string_view text,
                                const std::vector<PlantedSecret>& secrets);

// A process stopped by ptrace as it ends, with all its memory as it was. What is attached to must not
// be traced otherwise; the tracer is the calling thread.
class LastMoment {
 public:
  explicit LastMoment(pid_t pid);  // attaches; ok() tells
  ~LastMoment();                   // lets it end
  LastMoment(const LastMoment&) = delete;
  LastMoment& operator=(const LastMoment&) = delete;

  bool ok() const { return attached_; }
  // Lets it run until it ends, at most ten seconds. False: it did not.
  bool Wait();

 private:
  pid_t pid_;
  bool attached_ = false;
  bool ending_ = false;
};

}  // namespace fob::testing
