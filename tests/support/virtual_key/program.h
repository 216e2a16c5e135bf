#pragma once

#include <functional>
#include <memory>

#include "tests/support/virtual_key/command_line.h"
#include "tests/support/virtual_key/key_port.h"

namespace fob::testing {

// A program that is a virtual key at some port until SIGTERM, SIGINT, SIGHUP or "quit".
struct KeyProgram {
  const char* name;
  const char* usage;  // above the options that all have
  std::vector<CommandLine::Own> own;
  std::function<std::unique_ptr<KeyPort>(const CommandLine&)> make_port;
  // Where the tester's socket is (key_server.h).
  std::function<std::string(const CommandLine&)> control_path;
};

// main(). Prints "ready" when hosts and tester can come. Exit status 0, 1 when something failed, 2
// for a command line that is no good.
int RunKeyProgram(const KeyProgram& program, int argc, char** argv);

}  // namespace fob::testing
