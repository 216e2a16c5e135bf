#pragma once

#include <sys/types.h>

#include <string>

#include "base/unique_fd.h"

namespace fob::testing {

// A listening socket on a free port of loopback, which outlives the gateways that serve it, as systemd's does.
class LoopbackSocket {
 public:
  enum class Family { kIpv4, kBoth };  // kBoth: of IPv6, and takes IPv4, as what systemd binds to a port alone
  explicit LoopbackSocket(Family family = Family::kIpv4);
  int port() const { return port_; }
  int fd() const { return fd_.get(); }
  std::string origin() const { return "http://localhost:" + std::to_string(port_); }

 private:
  UniqueFd fd_;
  int port_ = 0;
};

// The real fob-webd from the folder of this test's own executable. It is ready when Start returns; what does not work throws
// std::runtime_error with what it printed. It dies with the thread that started it.
class GatewayProcess {
 public:
  // `more` is added to its configuration; `uid`: runs under it, where it is not 0.
  GatewayProcess(const LoopbackSocket& socket, std::string fobd, std::string more = "", std::string name = "", uid_t uid = 0);
  ~GatewayProcess();
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;

  void Start();
  int Wait();   // for its end; its exit status, or minus a signal
  int Stop();   // SIGTERM, and waits
  void Kill();  // SIGKILL
  void Signal(int signal);
  pid_t pid() const { return pid_; }
  const std::string& folder() const { return folder_; }
  std::string log() const;
  int64_t rss_kib() const;
  int64_t ready_ms() const { return ready_ms_; }

 private:
  const LoopbackSocket& socket_;
  const std::string folder_;
  const std::string name_;  // of the passed socket
  const uid_t uid_;
  pid_t pid_ = -1;
  int64_t ready_ms_ = 0;
};

}  // namespace fob::testing
