#pragma once

#include "base/unique_fd.h"
#include "devices/fido/transport.h"

namespace fob::testing {

// The virtual keys of a folder: each NAME.sock in it is a key that is plugged in (see
// key_server.h); inotify tells when they come and go.
class VirtualRing final : public fido::KeyRing {
 public:
  // Throws std::runtime_error when the folder cannot be watched.
  explicit VirtualRing(std::string folder);

  std::vector<fido::DeviceInfo> Enumerate() override;
  Result<std::unique_ptr<fido::Transport>> Open(const std::string& path) override;
  int hotplug_fd() const override { return inotify_.get(); }
  bool TakeHotplug() override;

 private:
  const std::string folder_;
  UniqueFd inotify_;
};

}  // namespace fob::testing
