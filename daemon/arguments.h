#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace fob {

// fobd's command line.
struct Arguments {
  enum class Action { kServe, kCheckConfig, kRestore, kShowVersion, kShowHelp };
  Action action = Action::kServe;
  std::string backup;  // the file to restore
  bool with_master_key = false;
  std::string config = "/etc/fob/fobd.toml";
};

// kInvalidArgument, with a text that names the word that is wrong.
Result<Arguments> ParseArguments(const std::vector<std::string>& words);

std::string Usage();

}  // namespace fob
