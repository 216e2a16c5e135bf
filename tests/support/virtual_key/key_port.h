#pragma once

#include <poll.h>

#include "tests/support/virtual_key/hid_frames.h"

namespace fob::testing {

// Where a virtual key is plugged in: what carries reports between it and its hosts. Nothing here
// waits.
class KeyPort {
 public:
  virtual ~KeyPort() = default;
  // From now on hosts can open it. Throws std::runtime_error, and is unplugged then.
  virtual void Plug() = 0;
  virtual void Unplug() = 0;
  virtual bool plugged() const = 0;
  // What to poll for, until Exchange is worth a call.
  virtual std::vector<pollfd> Polled() const = 0;
  // Moves what can be moved, and gives the reports that came from hosts.
  virtual std::vector<Report> Exchange() = 0;
  virtual void Send(const Report& report) = 0;
};

}  // namespace fob::testing
