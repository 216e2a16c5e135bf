#pragma once

#include "base/unique_fd.h"
#include "tests/support/virtual_key/key_port.h"

namespace fob::testing {

// A socket in the place of a hidraw node: each packet is one report, each connection one open of
// the same node, and as there every connection sees every report of the key. The socket exists
// while the key is plugged in.
class SocketPort final : public KeyPort {
 public:
  explicit SocketPort(std::string path) : path_(std::move(path)) {}
  ~SocketPort() override { Unplug(); }

  void Plug() override;
  void Unplug() override;
  bool plugged() const override { return listener_.valid(); }
  std::vector<pollfd> Polled() const override;
  std::vector<Report> Exchange() override;
  void Send(const Report& report) override;

 private:
  std::string path_;
  UniqueFd listener_;
  std::vector<UniqueFd> hosts_;
};

}  // namespace fob::testing
