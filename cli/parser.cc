#include "cli/parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <sstream>

#include "cli/argument_checks.h"
#include "cli/text.h"

namespace fob::cli {
namespace {

constexpr const char* kExitCodes =
    "fobctl help VERB, or fobctl VERB --help, shows its options, with examples.\n\n"
    "Exit codes: 0 done, 1 refused or negative answer, 2 usage, 3 daemon unreachable,\n"
    "4 timed out or cancelled, 5 not permitted, 6 not found or conflicting, 7 other, such as\n"
    "something that the daemon cannot do now.\n"
    "Secrets are read from files, standard input or the terminal, never from arguments.";
constexpr const char* kExamples =
    "Also: --json, --quiet, --socket, --timeout; see fobctl --help.\n\nExamples:\n";

// What stands without a dash may also be given by a name, and then need not stand there.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool positional) const override {
    const std::string word = option->get_name(/*positional=*/true);
    if (positional || !option->get_positional()) return CLI::Formatter::make_option(option, positional);
    std::string name = make_option_name(option, false) + make_option_opts(option);
    const std::string required = " " + get_label("REQUIRED");
    if (const size_t at = name.find(required); option->get_required() && at != std::string::npos) name.erase(at, required.size());
    std::stringstream out;
    CLI::detail::format_help(out, name, make_option_desc(option) + "; instead of " + word, get_column_width());
    return out.str();
  }
};

std::vector<std::string> VerbNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

Error UsageError(std::string text) {
  return MakeError(Code::kInvalidArgument, "usage", std::move(text));
}

Error UnknownVerb(const CLI::App& app, const std::string& word, const std::string& path) {
  const std::vector<std::string> names = VerbNames(app);
  const std::string nearest = Nearest(word, names);
  const std::string text = fmt::format("unknown verb \"{}{}\"", path, Printable(word));
  if (nearest.empty()) return UsageError(fmt::format("{}; there are: {}", text, fmt::join(names, ", ")));
  return UsageError(fmt::format("{}; did you mean \"fobctl {}{}\"?", text, path, nearest));
}

std::string WithoutValue(const std::string& word) { return word.substr(0, word.find('=')); }

Error UnknownOption(const CLI::App& root, const CLI::App& verb, const std::string& word,
                    std::string_view otherwise) {
  std::vector<std::string> names;
  for (const CLI::App* app : {&verb, &root}) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  const std::string given = WithoutValue(word);
  const std::string nearest = Nearest(given, names);
  return UsageError(
      fmt::format("unknown option \"{}\"{}", Printable(given),
                  nearest.empty() ? std::string(otherwise)
                                  : fmt::format("; did you mean \"{}\"?", nearest)));
}

Error MissingVerb(const CLI::App& app, const std::string& path) {
  return UsageError(fmt::format("a verb is missing after \"fobctl{}\"; there are: {}", path,
                                fmt::join(VerbNames(app), ", ")));
}

// Where the first word from `from` on stands that is no option of every verb, nor the value of one.
size_t NextWord(const CLI::App& root, const std::vector<std::string>& words, size_t from) {
  for (; from < words.size(); ++from) {
    const std::string& word = words[from];
    if (word.empty() || word[0] != '-' || word == "--") break;
    const CLI::Option* option = root.get_option_no_throw(WithoutValue(word));
    if (option == nullptr && word.starts_with("--")) break;
    const bool value_follows = option != nullptr && option->get_items_expected_min() > 0 &&
                               word.find('=') == std::string::npos;
    if (value_follows) ++from;
  }
  return from;
}

// Walks the words that name the verb, since CLI11 says of a wrong one only that some verb is
// required.
std::optional<Error> CheckVerb(const CLI::App& root, const std::vector<std::string>& words) {
  const CLI::App* app = &root;
  std::string path;
  for (size_t i = 0; !VerbNames(*app).empty(); ++i) {
    i = NextWord(root, words, i);
    if (i >= words.size() || words[i] == "--") return std::nullopt;
    const std::string& word = words[i];
    if (word.starts_with("--"))
      return UnknownOption(root, root, word, "; a verb's own options go after it");
    const std::vector<std::string> names = VerbNames(*app);
    if (std::find(names.begin(), names.end(), word) == names.end())
      return UnknownVerb(*app, word, path);
    app = app->get_subcommand(word);
    path += word + " ";
  }
  return std::nullopt;
}

// "help VERB" and "version" are "VERB --help" and "--version".
void UseOptions(const CLI::App& root, std::vector<std::string>& words) {
  const size_t at = NextWord(root, words, 0);
  if (at >= words.size() || (words[at] != "help" && words[at] != "version")) return;
  const std::string option = "--" + words[at];
  words.erase(words.begin() + static_cast<ptrdiff_t>(at));
  words.push_back(option);
}

// Puts in the verb that a group has without being told.
void UseDefault(const CLI::App& root, const std::map<std::string, std::string>& defaults,
                std::vector<std::string>& words) {
  const size_t at = NextWord(root, words, 0);
  if (at + 1 >= words.size()) return;
  const auto found = defaults.find(words[at]);
  if (found == defaults.end()) return;
  const std::string& next = words[at + 1];
  const bool option = next.size() > 1 && next[0] == '-' && next != "--help" && next != "-h" && next != "--" &&
                      root.get_option_no_throw(WithoutValue(next)) == nullptr;
  if (option) words.insert(words.begin() + static_cast<ptrdiff_t>(at) + 1, found->second);
}

// "--user=", which CLI11 would complete with the next word.
std::optional<Error> CheckValues(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word.starts_with("--") && word.find('=') == word.size() - 1)
      return UsageError(TextProblem(Printable(WithoutValue(word)), ""));
  }
  return std::nullopt;
}

// The innermost verb that was recognised.
const CLI::App& Innermost(const CLI::App& root, std::string& path) {
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    path += " " + app->get_name();
  }
  return *app;
}

// The first word that CLI11 had no use for, options before others.
std::string Unused(const CLI::App& root) {
  const std::vector<std::string> left = root.remaining(/*recurse=*/true);
  const auto option = std::ranges::find_if(
      left, [](const std::string& word) { return word.size() > 1 && word[0] == '-'; });
  return option != left.end() ? *option : left.empty() ? "" : left.front();
}

Error Mistake(const CLI::App& root, const CLI::App& verb, const std::string& path,
              const CLI::ParseError& e) {
  const std::string unused = Unused(root);
  if (unused.size() > 1 && unused[0] == '-') return UnknownOption(root, verb, unused, "");
  if (e.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !unused.empty())
    return UsageError(fmt::format("\"{}\" is one argument too many", Printable(unused)));
  const std::string_view said = e.what();
  // Our checks name the argument themselves.
  if (e.get_name() == "ValidationError")
    return UsageError(std::string(said.substr(said.find(": ") + 2)));
  if (e.get_name() == "RequiredError" && !VerbNames(verb).empty()) return MissingVerb(verb, path);
  if (e.get_name() == "RequiredError") {
    for (const CLI::Option* option : verb.get_options()) {
      const std::string positional = option->get_name(/*positional=*/true);
      if (option->get_required() && option->count() == 0)
        return UsageError((positional.empty() ? option->get_name() : positional) + " is required");
    }
  }
  return UsageError(Printable(said));
}

// The group that the last word of `path` belongs to; that word stays.
CLI::App& Descend(CLI::App& root, std::string_view& path) {
  CLI::App* at = &root;
  for (size_t blank; (blank = path.find(' ')) != std::string_view::npos; path.remove_prefix(blank + 1))
    at = at->get_subcommand(std::string(path.substr(0, blank)));
  return *at;
}

std::string UsageLine(const CLI::App& root) {
  const std::string help = root.help();
  const size_t at = help.find("Usage: ");
  return at == std::string::npos ? "" : help.substr(at, help.find('\n', at) - at);
}

std::function<std::string(const std::string&)> ForText(const std::string& names) {
  return [names](const std::string& text) { return TextProblem(names, text); };
}

}  // namespace

struct Parser::Impl {
  CLI::App app{"Looks after fobd: security keys, codes, logins, web apps and their tokens."};
  Globals globals;
  Action chosen;
  std::map<std::string, std::string> defaults;
};

Parser::Parser() : impl_(std::make_unique<Impl>()) {
  CLI::App& app = impl_->app;
  app.name("fobctl");
  app.set_version_flag("--version", "fobctl " FOB_VERSION, "Print the version");
  app.require_subcommand(1);
  app.fallthrough();
  app.formatter(std::make_shared<HelpFormatter>());
  app.get_formatter()->column_width(34);
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->label("REQUIRED", "(required)");
  Verb(app)
      .Optional("--socket", impl_->globals.socket,
                fmt::format("fobd's socket [{}, or $FOB_SOCKET]", kDefaultSocket))
      .DurationMs("--timeout", impl_->globals.timeout_ms, 1, kMaxDurationMs,
                  "Give up after this long, such as 30s [10s; ceremonies: fobd's]")
      .Flag("--json", impl_->globals.json, "Print one JSON document, errors too")
      .Flag("-q,--quiet", impl_->globals.quiet, "Leave out notices; results, questions, what to do with a key and errors stay");
}

Parser::~Parser() = default;

void Parser::AddGroup(const std::string& name, const std::string& summary, Action action) {
  std::string_view path = name;
  CLI::App* group = Descend(impl_->app, path).add_subcommand(std::string(path), summary)->group("Verbs");
  group->require_subcommand(action ? 0 : 1, 1);
  if (!action) return;
  group->callback([impl = impl_.get(), group, action = std::move(action)] {
    if (group->get_subcommands().empty()) impl->chosen = action;
  });
}

void Parser::SetDefault(const std::string& group, const std::string& verb) {
  impl_->defaults[group] = verb;
}

Verb Parser::AddVerb(std::string_view path, const std::string& summary, Action action) {
  CLI::App* verb = Descend(impl_->app, path).add_subcommand(std::string(path), summary)->group("Verbs");
  verb->callback([impl = impl_.get(), action = std::move(action)] { impl->chosen = action; });
  return Verb(*verb);
}

Invocation Parser::Parse(int argc, const char* const* argv) {
  Invocation out;
  CLI::App& app = impl_->app;
  app.footer(kExitCodes);  // not before: verbs inherit it
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  UseOptions(app, words);
  UseDefault(app, impl_->defaults, words);
  out.error = CheckVerb(app, words);
  if (!out.error) out.error = CheckValues(words);
  std::string path;
  try {
    // CLI11 takes them from the back.
    if (!out.error) app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Success&) {
    const bool version = app.get_option("--version")->count() > 0;
    out.text = version ? "fobctl " FOB_VERSION "\n" : app.help() + "\n";
    return out;
  } catch (const CLI::ParseError& e) {
    const CLI::App& verb = Innermost(app, path);
    out.error = Mistake(app, verb, path, e);
    if (VerbNames(verb).empty()) out.hints.push_back(UsageLine(app));
  }
  out.globals = impl_->globals;
  out.action = impl_->chosen;
  if (!out.error) return out;
  out.hints.push_back(fmt::format("See: fobctl{} --help", path));
  // What stands after the mistake was not parsed.
  out.globals.json |= std::ranges::find(words, "--json") != words.end();
  return out;
}

Verb& Verb::Required(const std::string& names, std::string& target, const std::string& help) {
  app_.add_option(names, target, help)->required()->check(ForText(names));
  return *this;
}

Verb& Verb::Optional(const std::string& names, std::optional<std::string>& target,
                     const std::string& help) {
  app_.add_option(names, target, help)->check(ForText(names));
  return *this;
}

Verb& Verb::OptionalList(const std::string& names, std::vector<std::string>& target,
                         const std::string& help) {
  app_.add_option(names, target, help)
      ->allow_extra_args(false)
      ->delimiter(',')
      ->check(ForText(names));
  return *this;
}

Verb& Verb::Defaulted(const std::string& names, std::string& target, const std::string& help) {
  app_.add_option(names, target, help)->capture_default_str()->check(ForText(names));
  return *this;
}

Verb& Verb::Choice(const std::string& names, std::optional<std::string>& target,
                   const std::vector<std::string>& choices, const std::string& help) {
  const auto take = [names, choices](std::string& text) {
    const auto lower = [](std::string word) {
      for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      return word;
    };
    const auto known = std::ranges::find(choices, lower(text), lower);
    if (known == choices.end())
      return fmt::format("{} \"{}\" is not one of {}", ShownName(names), Printable(text),
                         fmt::join(choices, ", "));
    text = *known;
    return std::string();
  };
  app_.add_option(names, target, help)
      ->transform(CLI::Validator(take, fmt::format("{{{}}}", fmt::join(choices, ","))));
  return *this;
}

Verb& Verb::Number(const std::string& names, std::optional<int64_t>& target, int64_t least,
                   int64_t most, const std::string& help) {
  const auto check = [=](const std::string& text) {
    return NumberProblem(names, text, least, most);
  };
  const std::string range = most == INT64_MAX ? "" : fmt::format("{} to {}", least, most);
  app_.add_option(names, target, help)->check(check)->type_name("NUMBER " + range);
  return *this;
}

Verb& Verb::RequiredNumber(const std::string& names, int64_t& target, int64_t least, int64_t most,
                           const std::string& help) {
  const auto check = [=](const std::string& text) {
    return NumberProblem(names, text, least, most);
  };
  app_.add_option(names, target, help)->required()->check(check)->type_name("NUMBER");
  return *this;
}

Verb& Verb::OneOf(const std::string& names, std::optional<int64_t>& target,
                  const std::vector<int64_t>& allowed, const std::string& help) {
  const auto check = [=](const std::string& text) { return OneOfProblem(names, text, allowed); };
  app_.add_option(names, target, help)
      ->check(check)
      ->type_name(fmt::format("{{{}}}", fmt::join(allowed, ",")));
  return *this;
}

Verb& Verb::DurationMs(const std::string& names, std::optional<int64_t>& target, int64_t least_ms,
                       int64_t most_ms, const std::string& help) {
  const auto store = [&target](const std::string& text) { target = ParseDurationMs(text); };
  const auto check = [=](const std::string& text) {
    return DurationProblem(names, text, least_ms, most_ms);
  };
  app_.add_option_function<std::string>(names, store, help)->check(check)->type_name("DURATION");
  return *this;
}

Verb& Verb::Flag(const std::string& names, bool& target, const std::string& help) {
  app_.add_flag(names, target, help);
  return *this;
}

Verb& Verb::Example(std::string_view line) {
  const std::string before = app_.get_footer();
  app_.footer(fmt::format("{}  {}", before.empty() ? kExamples : before + "\n", line));
  return *this;
}

}  // namespace fob::cli
