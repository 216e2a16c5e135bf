#include "daemon/arguments.h"

namespace fob {

Result<Arguments> ParseArguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") {
      arguments.action = Arguments::Action::kShowHelp;
    } else if (word == "--version") {
      arguments.action = Arguments::Action::kShowVersion;
    } else if (word == "--config" || word == "--check-config") {
      if (word == "--check-config") arguments.action = Arguments::Action::kCheckConfig;
      if (i + 1 == words.size()) {
        return MakeError(Code::kInvalidArgument, "usage", word + " needs a file");
      }
      arguments.config = words[++i];
    } else {
      return MakeError(Code::kInvalidArgument, "usage", "unknown argument " + word);
    }
  }
  return arguments;
}

std::string Usage() {
  return "usage: fobd [--config FILE]          serve, with FILE instead of /etc/fob/fobd.toml\n"
         "       fobd --check-config FILE      tell whether FILE is good, and end\n"
         "       fobd --version | --help\n";
}

}  // namespace fob
