#pragma once

#include <string>
#include <string_view>

#include "web/loop/loop.h"

namespace fob::web {

// Lines for the journal, on standard error with the priorities of sd-daemon(3). What is written must be safe to show.
enum class Priority { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6 };
void Log(Priority priority, std::string_view text);

// One line a request, without queries and bodies: they carry codes and tokens. Lines of one turn of the loop are written
// together. A reader who does not keep up costs lines, never requests; how many is said when there is room again.
class AccessLog {
 public:
  explicit AccessLog(Loop& loop) : loop_(loop) {}
  ~AccessLog() { Flush(); }

  void Add(std::string_view address, std::string_view method, std::string_view path, int status, size_t bytes, int64_t microseconds);
  void Flush();

 private:
  Loop& loop_;
  std::string lines_;
  bool due_ = false;
  int64_t lost_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace fob::web
