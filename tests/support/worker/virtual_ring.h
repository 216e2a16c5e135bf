#pragma once

#include "base/unique_fd.h"
#include "devices/fido/transport.h"

namespace fob::testing {

// The virtual keys of a folder: each NAME.sock in it is a key that is plugged in (see
// key_server.h), and each NAME.keyboard one that types its codes; inotify tells when keys come and
// go.
class VirtualRing final : public fido::KeyRing {
 public:
  // Throws std::runtime_error when the folder cannot be watched.
  explicit VirtualRing(std::string folder);

  std::vector<fido::DeviceInfo> Enumerate() override { return List(".sock"); }
  std::vector<fido::DeviceInfo> EnumerateKeyboards() override { return List(".keyboard"); }
  Result<std::unique_ptr<fido::Transport>> Open(const std::string& path) override;
  int hotplug_fd() const override { return inotify_.get(); }
  bool TakeHotplug() override;

 private:
  std::vector<fido::DeviceInfo> List(std::string_view suffix) const;

  const std::string folder_;
  UniqueFd inotify_;
};

}  // namespace fob::testing
