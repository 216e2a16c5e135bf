#include "tests/support/pam_harness/pam_services.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fob::testing {

PamServices::PamServices() {
  char name[] = "/tmp/fob-pam-XXXXXX";
  if (::mkdtemp(name) == nullptr) ADD_FAILURE() << "mkdtemp failed";
  root_ = name;
  ::chmod(name, 0755);  // tests that give up root still find it
  services_ = root_ + "/pam.d";
  std::filesystem::create_directory(services_);
}

PamServices::~PamServices() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

void PamServices::Write(std::string_view service, std::string lines) const {
  constexpr std::string_view kName = "{fob}";
  const std::string module = std::string(FOB_PAM_MODULE) + " socket=" + Path("fobd.sock");
  for (size_t at = 0; (at = lines.find(kName, at)) != lines.npos; at += module.size()) {
    lines.replace(at, kName.size(), module);
  }
  std::ofstream(services_ + "/" + std::string(service)) << lines << "\n";
}

}  // namespace fob::testing
