#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace fob::testing {

// A folder of its own, in memory where the host has such a place, gone with the object.
class TempFolder {
 public:
  TempFolder() {
    std::string name =
        std::filesystem::exists("/dev/shm") ? "/dev/shm/fob-test-XXXXXX" : "/tmp/fob-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace fob::testing
