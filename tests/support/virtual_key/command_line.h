#pragma once

#include "tests/support/virtual_key/options.h"

namespace fob::testing {

// What `virtual-key` was told.
struct CommandLine {
  std::string state;   // file
  std::string socket;  // path of the device's socket
  Options options;
  Controls controls;

  // Throws std::invalid_argument with a sentence for people.
  static CommandLine Parse(int argc, char** argv);
  static const char* Usage();
};

}  // namespace fob::testing
