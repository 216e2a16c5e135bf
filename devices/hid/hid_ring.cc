#include "devices/hid/hid_ring.h"

#include <fcntl.h>
#include <hidapi.h>
#include <libudev.h>
#include <linux/hidraw.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace fob::hid {
namespace {

constexpr unsigned short kFidoUsagePage = 0xf1d0, kFidoUsage = 0x01;
constexpr unsigned short kDesktopPage = 0x01, kKeyboard = 0x06, kYubico = 0x1050;

std::string Narrow(const wchar_t* text) {
  std::string out;
  for (; text != nullptr && *text != 0; ++text) {
    // A product's name reaches terminals and logs: printable ASCII only.
    out += *text >= 0x20 && *text < 0x7f ? static_cast<char>(*text) : '?';
  }
  return out;
}

// "Yubico YubiKey FIDO+CCID". Devices of uhid have no USB device, and so no maker.
std::string NameOf(const hid_device_info& device) {
  const std::string maker = Narrow(device.manufacturer_string);
  std::string product = Narrow(device.product_string);
  if (product.empty()) product = "security key";
  return maker.empty() || product.starts_with(maker) ? product : maker + " " + product;
}

// Why hidapi could not open this; 0 when it can. To be asked first: hidapi 0.13 frees twice when a
// file that it opened turns out not to be a hidraw device.
int WhyNotHidraw(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  int size = 0;
  return fd.valid() && ::ioctl(fd.get(), HIDIOCGRDESCSIZE, &size) >= 0 ? 0 : errno;
}

Error Gone() { return MakeError(Code::kUnavailable, "key_vanished", "the device is gone"); }

class HidTransport final : public fido::Transport {
 public:
  explicit HidTransport(hid_device* device) : device_(device) {}

  Result<std::optional<fido::Report>> Read(int timeout_ms) override {
    fido::Report report{};
    const int got = hid_read_timeout(device_.get(), report.data(), report.size(), timeout_ms);
    if (got < 0) return Gone();
    if (got == 0) return std::optional<fido::Report>();
    return std::optional<fido::Report>(report);  // a short one is padded with zeros
  }

  Status Write(const fido::Report& report) override {
    // hidraw wants the report id first: 0, as FIDO's reports have none.
    std::array<uint8_t, fido::kReportSize + 1> out{};
    std::copy(report.begin(), report.end(), out.begin() + 1);
    if (hid_write(device_.get(), out.data(), out.size()) < 0) return Gone();
    return Ok();
  }

 private:
  struct Close {
    void operator()(hid_device* device) const { hid_close(device); }
  };
  std::unique_ptr<hid_device, Close> device_;
};

}  // namespace

Result<std::unique_ptr<HidRing>> HidRing::Create(std::string udev_control) {
  if (hid_init() != 0) return MakeError(Code::kUnavailable, "hidapi", "hidapi does not start");
  std::unique_ptr<HidRing> ring(new HidRing(std::move(udev_control)));
  ring->udev_.reset(udev_new());
  if (ring->udev_ != nullptr)
    ring->monitor_.reset(udev_monitor_new_from_netlink(ring->udev_.get(), "udev"));
  udev_monitor* monitor = ring->monitor_.get();
  if (monitor != nullptr &&
      (udev_monitor_filter_add_match_subsystem_devtype(monitor, "hidraw", nullptr) < 0 ||
       udev_monitor_enable_receiving(monitor) < 0)) {
    ring->monitor_.reset();
  }
  return ring;
}

HidRing::~HidRing() { hid_exit(); }

std::vector<fido::DeviceInfo> HidRing::List(bool (*wanted)(const hid_device_info&)) {
  const std::lock_guard lock(mutex_);
  std::vector<fido::DeviceInfo> out;
  hid_device_info* const list = hid_enumerate(0, 0);
  for (const hid_device_info* device = list; device != nullptr; device = device->next) {
    if (device->path == nullptr || !wanted(*device)) continue;
    const std::string path = device->path;
    const auto is_this = [&path](const auto& known) { return known.path == path; };
    if (std::any_of(out.begin(), out.end(), is_this)) continue;  // one entry a usage
    UdevView known = LookUp(udev_.get(), path);
    if (!known.ready) continue;
    fido::DeviceInfo& info = out.emplace_back();
    info.path = path;
    info.name = NameOf(*device);
    info.serial = Narrow(device->serial_number);
    info.vendor_id = device->vendor_id;
    info.product_id = device->product_id;
    info.seat = std::move(known.seat);
  }
  hid_free_enumeration(list);
  return out;
}

bool HidRing::IsUpToDate() {
  TakeHotplug();  // which forgets the keys if there is anything new
  return keys_.has_value() && monitor_ != nullptr && ::access(udev_control_.c_str(), F_OK) == 0;
}

std::vector<fido::DeviceInfo> HidRing::Enumerate() {
  if (!IsUpToDate()) {
    keys_ = List([](const hid_device_info& device) {
      return device.usage_page == kFidoUsagePage && device.usage == kFidoUsage;
    });
  }
  return *keys_;
}

std::vector<fido::DeviceInfo> HidRing::EnumerateKeyboards() {
  return List([](const hid_device_info& device) {
    return device.vendor_id == kYubico && device.usage_page == kDesktopPage &&
           device.usage == kKeyboard;
  });
}

Result<std::unique_ptr<fido::Transport>> HidRing::Open(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto failed = [&path](std::string_view why) {
    return MakeError(Code::kUnavailable, "open_failed",
                     "cannot open " + path + ": " + std::string(why));
  };
  if (const int why = WhyNotHidraw(path); why != 0) return failed(std::strerror(why));
  hid_device* const device = hid_open_path(path.c_str());
  if (device == nullptr) return failed("hidapi refuses it");
  return std::unique_ptr<fido::Transport>(new HidTransport(device));
}

int HidRing::hotplug_fd() const {
  return monitor_ == nullptr ? -1 : udev_monitor_get_fd(monitor_.get());
}

bool HidRing::TakeHotplug() {
  bool any = false;
  while (monitor_ != nullptr) {
    udev_device* const device = udev_monitor_receive_device(monitor_.get());
    if (device == nullptr) break;
    const char* const action = udev_device_get_action(device);
    any = any || (action != nullptr &&
                  (std::strcmp(action, "add") == 0 || std::strcmp(action, "remove") == 0));
    udev_device_unref(device);
  }
  if (any) keys_.reset();
  return any;
}

}  // namespace fob::hid
