#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace fob::cli {

// Opens a file in the desktop's browser (xdg-open) and takes it away again. A process of its own, forked before this
// one is locked, which may then start nothing.
class BrowserOpener {
 public:
  // start: whether a browser is started at all; otherwise the file is taken away only. kUnavailable/"browser".
  static Result<BrowserOpener> Fork(bool start);

  // Hands the file over, which is there for `seconds` from now on, also when no browser opens it.
  // kUnavailable/"browser"; kCancelled when `interrupt_fd` becomes readable.
  Status Open(const std::string& path, unsigned seconds, int interrupt_fd);

 private:
  BrowserOpener(UniqueFd line, bool start) : line_(std::move(line)), start_(start) {}
  UniqueFd line_;
  bool start_;
};

}  // namespace fob::cli
