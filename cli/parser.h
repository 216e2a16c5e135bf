#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/context.h"
#include "cli/output.h"

namespace CLI {
class App;
}

namespace fob::cli {

using Action = std::function<Result<Output>(Context&)>;

// One verb as its own file declares it. `names` are in CLI11's spelling: "NAME" is a positional,
// "-n,--name" an option, "NAME,--name" either. The targets must outlive the parsing. Texts that are
// empty, not UTF-8 or longer than 4096 bytes are mistakes.
class Verb {
 public:
  explicit Verb(CLI::App& app) : app_(app) {}

  Verb& Required(const std::string& names, std::string& target, const std::string& help);
  Verb& Optional(const std::string& names, std::optional<std::string>& target,
                 const std::string& help);
  Verb& OptionalList(const std::string& names, std::vector<std::string>& target,
                     const std::string& help);
  Verb& Defaulted(const std::string& names, std::string& target,
                  const std::string& help);  // shows its default
  // Any case of a choice is taken for it.
  Verb& Choice(const std::string& names, std::optional<std::string>& target,
               const std::vector<std::string>& choices, const std::string& help);
  Verb& Number(const std::string& names, std::optional<int64_t>& target, int64_t least,
               int64_t most, const std::string& help);
  Verb& RequiredNumber(const std::string& names, int64_t& target, int64_t least, int64_t most,
                       const std::string& help);
  Verb& OneOf(const std::string& names, std::optional<int64_t>& target,
              const std::vector<int64_t>& allowed, const std::string& help);
  Verb& DurationMs(const std::string& names, std::optional<int64_t>& target, int64_t least_ms,
                   int64_t most_ms, const std::string& help);
  Verb& Flag(const std::string& names, bool& target, const std::string& help);
  Verb& Example(std::string_view line);

 private:
  CLI::App& app_;
};

// What the command line asks for: an action, or else text, or an error.
struct Invocation {
  Action action;
  Globals globals;
  std::string text;  // help or version, for stdout
  std::optional<Error> error;
  std::vector<std::string> hints;  // beside the error
};

// The command line. The one user of CLI11.
class Parser {
 public:
  Parser();
  ~Parser();

  // "key" with verbs "key enrol", "key list" and group "key pin": groups are added before what is in them.
  // One with an action of its own is a verb as well, without arguments.
  void AddGroup(const std::string& name, const std::string& summary, Action action = {});
  Verb AddVerb(std::string_view path, const std::string& summary, Action action);

  // "fobctl GROUP --option" is "fobctl GROUP VERB --option".
  void SetDefault(const std::string& group, const std::string& verb);

  Invocation Parse(int argc, const char* const* argv);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fob::cli
