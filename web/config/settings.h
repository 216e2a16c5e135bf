#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "web/http/server.h"

namespace fob::web {

// fob-webd.toml.
struct Settings {
  struct Listen {
    std::string address;  // "127.0.0.1:8080", "[::1]:8080"; or
    std::string socket;   // a path
    bool tls = false;
    unsigned mode = 0660;  // of the socket: whoever reaches it may be believed as a proxy
    bool operator==(const Listen&) const = default;
  };

  std::string fobd = "/run/fob/fobd.sock";
  int lines = 8;              // connections that are kept to fobd
  int64_t call_ms = 10'000;   // for an answer of fobd
  std::vector<Listen> listen;
  std::string certificate, key;
  std::string tls_at;                // where [tls] stands: "FILE:LINE:COLUMN"
  std::vector<std::string> proxies;  // as Proxies::Parse takes them
  std::vector<std::string> metrics_from = {"127.0.0.1", "::1", "unix"};
  bool access_log = true;
  ServerLimits limits;

  bool wants_tls() const;
};

// Strict: unknown keys and tables, wrong types and values that do not fit are kInvalidArgument/"bad_config", with file, line
// and column. The files of [tls] are not looked at.
Result<Settings> ParseSettings(std::string_view text, std::string_view file);
Result<Settings> LoadSettings(const std::string& file);

}  // namespace fob::web
