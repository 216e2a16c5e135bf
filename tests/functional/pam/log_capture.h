#pragma once

#include <string>
#include <vector>

namespace fob::testing {

// What PAM modules give to syslog while this lives, in this process: nothing goes out. Lines of
// libpam's own are left out.
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  std::string text() const;
};

}  // namespace fob::testing
