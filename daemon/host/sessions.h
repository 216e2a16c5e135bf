#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fob::host {

// A session as systemd-logind keeps it.
struct LogindSession {
  std::string id;
  std::string seat;  // empty: none
  bool remote = false;
  bool active = false;
};

// Where sessions come from.
class Sessions {
 public:
  virtual ~Sessions() = default;
  virtual std::optional<LogindSession> Of(int32_t pid) const = 0;
  // The terminals ("tty2") of the sessions that are in the foreground of their seats.
  virtual std::vector<std::string> AtSeats() const { return {}; }
  // Nothing but a clear no makes a session gone.
  virtual bool IsThere(const std::string& /*id*/) const { return true; }
};

// sd-login(3): reads the process's control group and /run/systemd/sessions. Nothing where there is no
// logind, and for processes of user@.service, which belong to no session.
class LogindSessions final : public Sessions {
 public:
  std::optional<LogindSession> Of(int32_t pid) const override;
  std::vector<std::string> AtSeats() const override;
  bool IsThere(const std::string& id) const override;
};

}  // namespace fob::host
