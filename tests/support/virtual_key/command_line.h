#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/virtual_key/options.h"

namespace fob::testing {

// What a program around a virtual key was told.
struct CommandLine {
  // An option of one program alone, with a value; one without a preset must be given.
  struct Own {
    const char* name;
    std::string preset;
  };

  std::string state;  // file
  Options options;
  Controls controls;
  bool unplugged = false;  // to begin with
  std::map<std::string, std::string> own;

  // Throws std::invalid_argument with a sentence for people.
  static CommandLine Parse(int argc, char** argv, const std::vector<Own>& own);
  // The options that all have, for people.
  static const char* Usage();
};

}  // namespace fob::testing
