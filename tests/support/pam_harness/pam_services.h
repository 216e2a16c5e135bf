#pragma once

#include <string>
#include <string_view>

namespace fob::testing {

// A folder of PAM service files, in place of /etc/pam.d, in a temporary folder of its own. Removed
// with the object.
class PamServices {
 public:
  PamServices();
  ~PamServices();
  PamServices(const PamServices&) = delete;
  PamServices& operator=(const PamServices&) = delete;

  const std::string& folder() const { return services_; }
  // A path beside the services, for a socket or a file.
  std::string Path(std::string_view name) const { return root_ + "/" + std::string(name); }

  // Writes the file of `service`. "{fob}" in `lines` becomes this build's module with
  // socket=Path("fobd.sock").
  void Write(std::string_view service, std::string lines) const;

 private:
  std::string root_;
  std::string services_;
};

}  // namespace fob::testing
