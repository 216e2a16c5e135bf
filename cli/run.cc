#include "cli/run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <exception>
#include <tuple>

#include "cli/parser.h"
#include "cli/verbs.h"

namespace fob::cli {
namespace {

int Fail(const Error& error, bool json) {
  std::ignore = WriteAll(2, ErrorText(error), -1);
  if (json) std::ignore = WriteJson(1, ErrorJson(error), -1);
  return ExitCodeOf(error);
}

Result<ExitCode> RunVerb(const Invocation& invocation) try {
  Context context(invocation.globals);
  FOB_TRY(const Output output, invocation.action(context));
  const int interrupt = context.interrupts().fd();
  if (output.printed) return output.exit_code;
  const Status written = invocation.globals.json ? WriteJson(1, output.json, interrupt)
                                                 : WriteAll(1, output.text.Reveal(), interrupt);
  if (!written.ok()) {
    Error error = written.error();
    if (!output.unshown.empty()) error.text += "\n" + output.unshown;
    return error;
  }
  if (!output.notice.empty() && !invocation.globals.quiet)
    std::ignore = WriteAll(2, output.notice + "\n", interrupt);
  return output.exit_code;
} catch (const std::exception& e) {
  return MakeError(Code::kInternal, "exception", e.what());
}

}  // namespace

int Run(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");
  std::signal(SIGPIPE, SIG_IGN);
  const rlimit no_core{0, 0};  // PINs and tokens pass through here
  ::setrlimit(RLIMIT_CORE, &no_core);

  Parser parser;
  AddVerbs(parser);
  const Invocation invocation = parser.Parse(argc, argv);
  if (invocation.error) {
    const int code = Fail(*invocation.error, invocation.globals.json);
    for (const std::string& hint : invocation.hints)
      std::ignore = WriteAll(2, "fobctl: " + hint + "\n", -1);
    return code;
  }
  if (!invocation.action) return WriteAll(1, invocation.text, -1).ok() ? kDone : kOther;
  const auto code = RunVerb(invocation);
  return code.ok() ? *code : Fail(code.error(), invocation.globals.json);
}

}  // namespace fob::cli
