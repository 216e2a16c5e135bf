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
    } else if (word == "--with-master-key") {
      arguments.with_master_key = true;
    } else if (word == "--config" || word == "--check-config" || word == "--restore") {
      if (word == "--check-config") arguments.action = Arguments::Action::kCheckConfig;
      if (word == "--restore") arguments.action = Arguments::Action::kRestore;
      if (i + 1 == words.size()) {
        return MakeError(Code::kInvalidArgument, "usage", word + " needs a file");
      }
      (word == "--restore" ? arguments.backup : arguments.config) = words[++i];
    } else {
      return MakeError(Code::kInvalidArgument, "usage", "unknown argument " + word);
    }
  }
  return arguments;
}

std::string Usage() {
  return "usage: fobd [--config FILE]          serve, with FILE instead of /etc/fob/fobd.toml\n"
         "       fobd --check-config FILE      tell whether FILE is good, and end\n"
         "       fobd --restore BACKUP [--with-master-key] [--config FILE]\n"
         "                                     put a backup in the place of the store, and end\n"
         "       fobd --version | --help\n";
}

}  // namespace fob
