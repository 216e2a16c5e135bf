#pragma once

#include <memory>
#include <string>

struct udev;
struct udev_device;
struct udev_monitor;

namespace fob::hid {

struct FreeUdev {
  void operator()(udev* context) const;
  void operator()(udev_device* device) const;
  void operator()(udev_monitor* monitor) const;
};
template <typename T>
using UdevHandle = std::unique_ptr<T, FreeUdev>;

// What udev knows of a device file beyond the kernel: whether its rules have run, so that group and
// mode are as they should be, and whose seat it belongs to.
struct UdevView {
  bool ready = true;  // also where no udev runs
  std::string seat = "seat0";
};

// Its control socket: there while udev runs.
inline constexpr const char* kUdevControl = "/run/udev/control";

UdevView LookUp(udev* context, const std::string& path);

}  // namespace fob::hid
