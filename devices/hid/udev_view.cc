#include "devices/hid/udev_view.h"

#include <libudev.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fob::hid {

void FreeUdev::operator()(udev* context) const { udev_unref(context); }
void FreeUdev::operator()(udev_device* device) const { udev_device_unref(device); }
void FreeUdev::operator()(udev_monitor* monitor) const { udev_monitor_unref(monitor); }

UdevView LookUp(udev* context, const std::string& path) {
  UdevView out;
  struct stat info {};
  if (context == nullptr || ::stat(path.c_str(), &info) != 0 || !S_ISCHR(info.st_mode)) return out;
  const UdevHandle<udev_device> device(udev_device_new_from_devnum(context, 'c', info.st_rdev));
  if (device == nullptr) return out;
  const bool runs = ::access(kUdevControl, F_OK) == 0;
  out.ready = !runs || udev_device_get_is_initialized(device.get()) != 0;
  if (const char* const seat = udev_device_get_property_value(device.get(), "ID_SEAT"))
    out.seat = seat;
  return out;
}

}  // namespace fob::hid
