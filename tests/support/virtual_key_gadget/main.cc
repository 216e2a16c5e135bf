// virtual-key-gadget: the virtual key as a whole USB device, for a machine of its own (as root;
// modprobe dummy_hcd libcomposite usb_f_hid; mount -t configfs none /sys/kernel/config). dummy_hcd
// is controller and host in one, so that the key appears on this very machine.
//
//   virtual-key-gadget --state /root/key.state --control /run/key.ctl --touch command &
//   virtual-key-control /run/key.ctl unplug               # off the bus; plug: enumerated anew
//
// All commands: virtual-key-control --help. Two of them need two controllers (modprobe dummy_hcd
// num=2), and each another --gadget and --controller. It prints "ready" when it is on the bus;
// its host has then to enumerate it (udevadm settle).
#include "tests/support/virtual_key/program.h"
#include "tests/support/virtual_usb/gadget_port.h"
#include "tests/support/virtual_usb/identity_options.h"

using namespace fob::testing;

int main(int argc, char** argv) {
  KeyProgram program = {
      "virtual-key-gadget",
      "virtual-key-gadget --state FILE --control PATH [option ...]\n"
      "A software FIDO key as a USB device; virtual-key-control sends commands to PATH.\n"
      "  --gadget NAME (fob)   --controller NAME (dummy_udc.0)   --configfs "
      "/sys/kernel/config/usb_gadget\n"
      "  --vendor HEX   --product HEX   --manufacturer TEXT   --name TEXT   --serial TEXT\n",
      IdentityOptions(),
      [](const CommandLine& line) {
        return std::make_unique<GadgetPort>(
            std::make_unique<UsbGadget>(line.own.at("configfs"), line.own.at("gadget"),
                                        line.own.at("controller"), IdentityFrom(line)));
      },
      [](const CommandLine& line) { return line.own.at("control"); }};
  program.own.push_back({"control", ""});
  program.own.push_back({"gadget", "fob"});
  program.own.push_back({"controller", "dummy_udc.0"});
  program.own.push_back({"configfs", "/sys/kernel/config/usb_gadget"});
  return RunKeyProgram(program, argc, argv);
}
