// virtual-key-uhid: the virtual key as a hidraw device, for a machine of its own (as root; modprobe
// uhid). The key's PIN, credentials and counters are in the state file and survive a restart.
//
//   virtual-key-uhid --state /root/key.state --control /run/key.ctl --touch command --pin 1234 &
//   virtual-key-control /run/key.ctl wait-touch 5000      # until it blinks
//   virtual-key-control /run/key.ctl touch
//   virtual-key-control /run/key.ctl unplug               # /dev/hidrawN goes; plug: it comes again
//   virtual-key-control /run/key.ctl quit
//
// It prints "ready" when the device is made; udev has then to see it (udevadm settle). Such a device
// hangs on no USB device: it has a name and a serial number, and no manufacturer.
#include "tests/support/virtual_key/program.h"
#include "tests/support/virtual_usb/identity_options.h"
#include "tests/support/virtual_usb/uhid_port.h"

using namespace fob::testing;

int main(int argc, char** argv) {
  KeyProgram program = {
      "virtual-key-uhid",
      "virtual-key-uhid --state FILE --control PATH [option ...]\n"
      "A software FIDO key as a hidraw device; virtual-key-control sends commands to PATH.\n"
      "  --device /dev/uhid   --vendor HEX   --product HEX   --manufacturer TEXT   --name TEXT   "
      "--serial TEXT\n",
      IdentityOptions(),
      [](const CommandLine& line) {
        const auto open = [path = line.own.at("device")] { return UhidPort::OpenDevice(path); };
        return std::make_unique<UhidPort>(open, IdentityFrom(line));
      },
      [](const CommandLine& line) { return line.own.at("control"); }};
  program.own.push_back({"control", ""});
  program.own.push_back({"device", "/dev/uhid"});
  return RunKeyProgram(program, argc, argv);
}
