#include "tests/support/virtual_usb/usb_gadget.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "base/unique_fd.h"
#include "tests/support/virtual_key/hid_frames.h"

namespace fob::testing {
namespace {

constexpr std::string_view kFunction = "/functions/hid.usb0", kConfiguration = "/configs/c.1",
                           kLink = "/configs/c.1/hid.usb0", kStrings = "/strings/0x409",
                           kController = "/UDC";

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error(what + ": " + strerror(errno));
}

void MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) Fail("cannot make " + path);
}

bool TryWrite(const std::string& path, std::string_view text) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  return fd.valid() &&
         write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void Write(const std::string& path, std::string_view text) {
  if (!TryWrite(path, text)) Fail("cannot write " + path);
}

}  // namespace

UsbGadget::UsbGadget(std::string root, std::string name, std::string controller,
                     UsbIdentity identity)
    : folder_(std::move(root) + "/" + std::move(name)),
      controller_(std::move(controller)),
      identity_(std::move(identity)) {
  Remove();
  try {
    Make();
  } catch (const std::runtime_error&) {
    Remove();
    throw;
  }
}

UsbGadget::~UsbGadget() { Remove(); }

void UsbGadget::Make() {
  const std::string function = folder_ + std::string(kFunction);
  const std::string strings = folder_ + std::string(kStrings);
  const std::string configuration = folder_ + std::string(kConfiguration);
  MakeFolder(folder_);
  Write(folder_ + "/idVendor", fmt::format("{:#06x}", identity_.vendor));
  Write(folder_ + "/idProduct", fmt::format("{:#06x}", identity_.product));
  Write(folder_ + "/bcdUSB", "0x0200");
  MakeFolder(strings);
  Write(strings + "/manufacturer", identity_.manufacturer);
  Write(strings + "/product", identity_.name);
  Write(strings + "/serialnumber", identity_.serial);
  MakeFolder(function);
  Write(function + "/protocol", "0");
  Write(function + "/subclass", "0");
  Write(function + "/report_length", std::to_string(kReportSize));
  Write(function + "/report_desc",
        {reinterpret_cast<const char*>(kFidoReportDescriptor), sizeof kFidoReportDescriptor});
  MakeFolder(configuration);
  const std::string link = folder_ + std::string(kLink);
  if (symlink(function.c_str(), link.c_str()) != 0) Fail("cannot link " + link);
}

// In the kernel's order: a folder goes when nothing in it is used any more. Its attributes go with it.
void UsbGadget::Remove() {
  Detach();
  unlink((folder_ + std::string(kLink)).c_str());
  for (const std::string_view below : {kConfiguration, kFunction, kStrings, std::string_view()})
    rmdir((folder_ + std::string(below)).c_str());
}

void UsbGadget::Attach() { Write(folder_ + std::string(kController), controller_); }

void UsbGadget::Detach() {
  const std::string path = folder_ + std::string(kController);
  if (access(path.c_str(), F_OK) == 0) TryWrite(path, "\n");
}

std::string UsbGadget::DevicePath() const {
  const std::string path = folder_ + std::string(kFunction) + "/dev";
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[32] = {};
  unsigned major = 0, minor = 0;
  if (!fd.valid() || read(fd.get(), text, sizeof text - 1) <= 0 ||
      sscanf(text, "%u:%u", &major, &minor) != 2) {
    Fail("cannot read " + path);
  }
  return fmt::format("/dev/hidg{}", minor);
}

}  // namespace fob::testing
