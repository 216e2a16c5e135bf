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

  // Hands the file over, which is there for `seconds` from now on. kUnavailable/"browser".
  Status Open(const std::string& path, unsigned seconds);

 private:
  explicit BrowserOpener(UniqueFd line) : line_(std::move(line)) {}
  UniqueFd line_;
};

}  // namespace fob::cli
