#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "web/loop/loop.h"

namespace fob::web {

// On standard error, one line a request (host::LogLine), without queries and bodies: they carry codes and tokens. Lines of
// one turn of the loop are written together. A reader who does not keep up costs lines, never requests; how many is said when there is room again.
class AccessLog {
 public:
  explicit AccessLog(Loop& loop);
  ~AccessLog() { Flush(); }

  void Add(std::string_view address, std::string_view method, std::string_view path, int status, size_t bytes, int64_t microseconds);
  void Flush();

 private:
  Loop& loop_;
  const bool to_journal_;
  std::string lines_;
  bool due_ = false;
  int64_t lost_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace fob::web
