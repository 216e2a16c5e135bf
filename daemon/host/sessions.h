#pragma once

#include <cstdint>
#include <optional>
#include <string>

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
};

// sd-login(3): reads the process's control group and /run/systemd/sessions. Nothing where there is no
// logind, and for processes of user@.service, which belong to no session.
class LogindSessions final : public Sessions {
 public:
  std::optional<LogindSession> Of(int32_t pid) const override;
};

}  // namespace fob::host
