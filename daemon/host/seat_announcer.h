#pragma once

#include <memory>
#include <string>

#include "daemon/host/sessions.h"

namespace fob::host {

// Writes a line to the terminals of those who sit at this host now, as wall(1) does. fobd must be
// in group tty for it. Whoever has a desktop in front of the terminal does not see it.
class SeatAnnouncer {
 public:
  explicit SeatAnnouncer(std::shared_ptr<const Sessions> sessions, std::string folder = "/dev")
      : sessions_(std::move(sessions)), folder_(std::move(folder)) {}

  // On the terminals of the seats but `except` ("tty2" or "/dev/tty2"; may be empty). Never waits
  // for a terminal; what cannot be written is not. Anything but printable ASCII is shown as "?".
  void Announce(const std::string& text, const std::string& except) const;

 private:
  std::shared_ptr<const Sessions> sessions_;
  std::string folder_;
};

}  // namespace fob::host
