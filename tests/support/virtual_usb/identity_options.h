#pragma once

#include "tests/support/virtual_key/command_line.h"
#include "tests/support/virtual_usb/identity.h"

namespace fob::testing {

// --vendor HEX, --product HEX, --manufacturer TEXT, --name TEXT, --serial TEXT, with the presets of
// UsbIdentity; and for people what they are.
std::vector<CommandLine::Own> IdentityOptions();
// Throws std::invalid_argument with a sentence for people.
UsbIdentity IdentityFrom(const CommandLine& line);

}  // namespace fob::testing
