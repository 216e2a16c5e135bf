#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace fob::fido {

inline constexpr size_t kReportSize = 64;
using Report = std::array<uint8_t, kReportSize>;  // one CTAPHID report, without report id

// An open key. Used by one thread at a time; closed when destroyed.
class Transport {
 public:
  virtual ~Transport() = default;
  // The next report; nothing when none came within timeout_ms. An error: the key is gone.
  virtual Result<std::optional<Report>> Read(int timeout_ms) = 0;
  // An error: the key is gone.
  virtual Status Write(const Report& report) = 0;
};

struct DeviceInfo {
  std::string path;  // opens it
  std::string name;  // for people: maker and product
  std::string serial = {};  // may be empty, as of most keys
  std::optional<uint16_t> vendor_id = {};
  std::optional<uint16_t> product_id = {};
  std::string seat = "seat0";  // whose devices these are (logind)
};

// Where keys come from: hidraw in fob-keyd. Open is called from several threads at once, for
// different keys.
class KeyRing {
 public:
  virtual ~KeyRing() = default;
  // The keys that are plugged in now.
  virtual std::vector<DeviceInfo> Enumerate() = 0;
  // Tokens that type their codes as a keyboard does: for people to see, not to be opened.
  virtual std::vector<DeviceInfo> EnumerateKeyboards() { return {}; }
  virtual Result<std::unique_ptr<Transport>> Open(const std::string& path) = 0;
  // Becomes readable when keys come or go; -1 when only Enumerate tells.
  virtual int hotplug_fd() const = 0;
  // Empties that descriptor. True when a key may have come or gone.
  virtual bool TakeHotplug() = 0;
};

}  // namespace fob::fido
