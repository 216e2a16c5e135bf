#include "cli/parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>

#include "cli/text.h"

namespace fob::cli {
namespace {

constexpr const char* kExitCodes =
    "fobctl VERB --help shows its options, with examples.\n\n"
    "Exit codes: 0 done, 1 refused or negative answer, 2 usage, 3 daemon unreachable,\n"
    "4 timed out or cancelled, 5 not permitted, 6 not found or conflicting, 7 other.\n"
    "Secrets are read from files, standard input or the terminal, never from arguments.";
constexpr const char* kExamples =
    "Also: --json, --quiet, --socket, --timeout; see fobctl --help.\n\nExamples:\n";

// Levenshtein's distance.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row[b.size()];
}

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
  const auto nearest = std::min_element(
      names.begin(), names.end(),
      [&](const auto& a, const auto& b) { return Distance(word, a) < Distance(word, b); });
  std::string text = fmt::format("unknown verb \"{}{}\"", path, Printable(word));
  if (nearest != names.end() && Distance(word, *nearest) <= std::max<size_t>(2, word.size() / 3)) {
    text += fmt::format("; did you mean \"fobctl {}{}\"?", path, *nearest);
  } else {
    text += fmt::format("; there are: {}", fmt::join(names, ", "));
  }
  return UsageError(std::move(text));
}

Error MissingVerb(const CLI::App& app, const std::string& path) {
  return UsageError(fmt::format("a verb is missing after \"fobctl{}\"; there are: {}", path,
                                fmt::join(VerbNames(app), ", ")));
}

// Walks the words that name the verb, since CLI11 says of a wrong one only that some verb is
// required.
std::optional<Error> CheckVerb(const CLI::App& root, int argc, const char* const* argv) {
  const CLI::App* app = &root;
  std::string path;
  for (int i = 1; i < argc && !VerbNames(*app).empty(); ++i) {
    const std::string word = argv[i];
    if (word == "--" || word.empty()) return std::nullopt;
    if (word[0] == '-') {
      const CLI::Option* option = root.get_option_no_throw(word);
      if (option != nullptr && option->get_items_expected_min() > 0) ++i;
      continue;
    }
    const std::vector<std::string> names = VerbNames(*app);
    if (std::find(names.begin(), names.end(), word) == names.end())
      return UnknownVerb(*app, word, path);
    app = app->get_subcommand(word);
    path += word + " ";
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

std::string DurationProblem(const std::string& text) {
  return ParseDurationMs(text)
             ? ""
             : "\"" + Printable(text) + "\" is not a duration such as 90s, 15m, 24h or 30d";
}

}  // namespace

struct Parser::Impl {
  CLI::App app{"Looks after fobd: security keys, codes, logins, web apps and their tokens."};
  Globals globals;
  Action chosen;
};

Parser::Parser() : impl_(std::make_unique<Impl>()) {
  CLI::App& app = impl_->app;
  app.name("fobctl");
  app.set_version_flag("--version", "fobctl " FOB_VERSION, "Print the version");
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->column_width(34);
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->label("REQUIRED", "(required)");
  Verb(app)
      .Optional("--socket", impl_->globals.socket,
                fmt::format("fobd's socket [{}, or $FOB_SOCKET]", kDefaultSocket))
      .DurationMs("--timeout", impl_->globals.timeout_ms,
                  "Give up after this long, such as 30s [10s; ceremonies: fobd's]")
      .Flag("--json", impl_->globals.json, "Print one JSON document, errors too")
      .Flag("-q,--quiet", impl_->globals.quiet, "Print results, questions and errors only");
}

Parser::~Parser() = default;

void Parser::AddGroup(const std::string& name, const std::string& summary) {
  impl_->app.add_subcommand(name, summary)->require_subcommand(1)->group("Verbs");
}

Verb Parser::AddVerb(std::string_view path, const std::string& summary, Action action) {
  CLI::App* parent = &impl_->app;
  if (const size_t blank = path.find(' '); blank != std::string_view::npos) {
    parent = parent->get_subcommand(std::string(path.substr(0, blank)));
    path.remove_prefix(blank + 1);
  }
  CLI::App* verb = parent->add_subcommand(std::string(path), summary)->group("Verbs");
  verb->callback([impl = impl_.get(), action = std::move(action)] { impl->chosen = action; });
  return Verb(*verb);
}

Invocation Parser::Parse(int argc, const char* const* argv) {
  Invocation out;
  CLI::App& app = impl_->app;
  app.footer(kExitCodes);  // not before: verbs inherit it
  out.error = CheckVerb(app, argc, argv);
  std::string path;
  try {
    if (!out.error) app.parse(argc, argv);
  } catch (const CLI::Success&) {
    const bool version = app.get_option("--version")->count() > 0;
    out.text = version ? "fobctl " FOB_VERSION "\n" : app.help() + "\n";
    return out;
  } catch (const CLI::ParseError& e) {
    const CLI::App& verb = Innermost(app, path);
    out.error = VerbNames(verb).empty() || e.get_name() != "RequiredError"
                    ? UsageError(Printable(e.what()))
                    : MissingVerb(verb, path);
  }
  out.globals = impl_->globals;
  out.action = impl_->chosen;
  if (!out.error) return out;
  out.hint = fmt::format("See: fobctl{} --help", path);
  // What stands after the mistake was not parsed.
  out.globals.json |= std::any_of(
      argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
  return out;
}

Verb& Verb::Required(const std::string& names, std::string& target, const std::string& help) {
  app_.add_option(names, target, help)->required();
  return *this;
}

Verb& Verb::RequiredList(const std::string& names, std::vector<std::string>& target,
                         const std::string& help) {
  app_.add_option(names, target, help)->required()->allow_extra_args(false)->delimiter(',');
  return *this;
}

Verb& Verb::Optional(const std::string& names, std::optional<std::string>& target,
                     const std::string& help) {
  app_.add_option(names, target, help);
  return *this;
}

Verb& Verb::OptionalList(const std::string& names, std::vector<std::string>& target,
                         const std::string& help) {
  app_.add_option(names, target, help)->allow_extra_args(false)->delimiter(',');
  return *this;
}

Verb& Verb::Defaulted(const std::string& names, std::string& target, const std::string& help) {
  app_.add_option(names, target, help)->capture_default_str();
  return *this;
}

Verb& Verb::Choice(const std::string& names, std::optional<std::string>& target,
                   const std::vector<std::string>& choices, const std::string& help) {
  app_.add_option(names, target, help)->check(CLI::IsMember(choices));
  return *this;
}

Verb& Verb::Number(const std::string& names, std::optional<int64_t>& target, int64_t least,
                   int64_t most, const std::string& help) {
  app_.add_option(names, target, help)->check(CLI::Range(least, most));
  return *this;
}

Verb& Verb::DurationMs(const std::string& names, std::optional<int64_t>& target,
                       const std::string& help) {
  const auto store = [&target](const std::string& text) { target = ParseDurationMs(text); };
  app_.add_option_function<std::string>(names, store, help)
      ->check(CLI::Validator(DurationProblem, ""))
      ->type_name("DURATION");
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
