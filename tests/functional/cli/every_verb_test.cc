// What holds for every verb: exit codes, JSON, plain text away from terminals.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "cli/exit_code.h"
#include "tests/functional/cli/fake_daemon.h"
#include "tests/functional/cli/verb_cases.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

// DESIGN: "Exit codes of fobctl", in numbers, so that a change to the mapping shows.
const std::map<Code, int> kExitCodes = {
    {Code::kInvalidArgument, 2}, {Code::kNotPermitted, 5}, {Code::kDenied, 1},
    {Code::kNotFound, 6},        {Code::kConflict, 6},     {Code::kUnavailable, 7},
    {Code::kTimedOut, 4},        {Code::kCancelled, 4},    {Code::kExhausted, 7},
    {Code::kCorrupt, 7},         {Code::kInternal, 7},
};

class EveryVerb : public ::testing::Test {
 protected:
  std::vector<std::string> With(const VerbCase& verb, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"--socket", daemon_.path()});
    more.insert(more.end(), verb.arguments.begin(), verb.arguments.end());
    return more;
  }

  TempFolder folder_;
  FakeDaemon daemon_{folder_ / "s"};
};

// The one JSON object that `text` is, with a newline behind it.
boost::json::object OneDocument(const std::string& text) {
  boost::system::error_code failed;
  const boost::json::value value = boost::json::parse(text, failed);
  EXPECT_FALSE(failed) << text;
  EXPECT_TRUE(text.ends_with('\n')) << text;
  return value.is_object() ? value.get_object() : boost::json::object{};
}

TEST_F(EveryVerb, SucceedsWithExitCode0AndSaysSomethingPlain) {
  for (const VerbCase& verb : VerbCases(folder_)) {
    SCOPED_TRACE(verb.name);
    daemon_.AnswerJson(verb.method, {verb.reply}, true);
    const Outcome outcome = RunFobctl(With(verb), verb.input);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_FALSE(outcome.out.empty());
    EXPECT_EQ((outcome.out + outcome.err).find('\033'), std::string::npos)
        << "escape sequences away from a terminal";
  }
}

TEST_F(EveryVerb, PrintsOneJsonDocumentAndNothingElse) {
  for (const VerbCase& verb : VerbCases(folder_)) {
    SCOPED_TRACE(verb.name);
    daemon_.AnswerJson(verb.method, {verb.reply}, true);
    const Outcome outcome = RunFobctl(With(verb, {"--json"}), verb.input);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_FALSE(OneDocument(outcome.out).empty());
  }
}

TEST_F(EveryVerb, MapsEveryErrorToItsExitCode) {
  ASSERT_EQ(kExitCodes.size(), 11U);
  for (const auto& [code, expected] : kExitCodes)
    EXPECT_EQ(cli::ExitCodeOf(MakeError(code, "some_reason", "")), expected) << CodeName(code);
  for (const VerbCase& verb : VerbCases(folder_)) {
    for (const auto& [code, expected] : kExitCodes) {
      SCOPED_TRACE(verb.name + " " + std::string(CodeName(code)));
      daemon_.Fail(verb.method, MakeError(code, "some_reason", "this is why"));
      const Outcome outcome = RunFobctl(With(verb), verb.input);
      EXPECT_EQ(outcome.code, expected);
      EXPECT_EQ(outcome.out, "");
      EXPECT_NE(outcome.err.find("fobctl: this is why\n"), std::string::npos) << outcome.err;
    }
  }
}

TEST_F(EveryVerb, SendsNobodyAfterADaemonThatAnswers) {
  const VerbCase status = VerbCases(folder_).front();
  daemon_.Fail(status.method, MakeError(Code::kUnavailable, "store_full", "the disk is full"));
  const Outcome outcome = RunFobctl(With(status));
  EXPECT_EQ(outcome.code, 7);
  EXPECT_EQ(outcome.err, "fobctl: the disk is full\n");
}

TEST_F(EveryVerb, PrintsErrorsAsOneJsonDocumentToo) {
  for (const VerbCase& verb : VerbCases(folder_)) {
    SCOPED_TRACE(verb.name);
    daemon_.Fail(verb.method, MakeError(Code::kNotFound, "some_reason", "this is why"));
    const Outcome outcome = RunFobctl(With(verb, {"--json"}), verb.input);
    EXPECT_EQ(outcome.code, 6);
    const boost::json::object expected = {
        {"error", {{"code", "not_found"}, {"reason", "some_reason"}, {"message", "this is why"}}}};
    EXPECT_EQ(OneDocument(outcome.out), expected);
    EXPECT_NE(outcome.err.find("this is why"), std::string::npos);
  }
}

TEST_F(EveryVerb, TellsWhatToDoWhenNoDaemonIsThere) {
  for (const VerbCase& verb : VerbCases(folder_)) {
    SCOPED_TRACE(verb.name);
    std::vector<std::string> arguments = With(verb);
    arguments[1] = folder_ / "nobody";
    const Outcome outcome = RunFobctl(arguments, verb.input);
    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find("systemctl status fobd"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(folder_ / "nobody"), std::string::npos) << outcome.err;
  }
}

TEST_F(EveryVerb, GivesUpWhenTheDaemonStalls) {
  for (const VerbCase& verb : VerbCases(folder_)) {
    if (verb.name.starts_with("key enrol") || verb.name.starts_with("otp enrol"))
      continue;  // with grace: below
    if (verb.name.starts_with("key pin") || verb.name == "key reset") continue;
    if (verb.name == "key remove" || verb.name == "otp remove" || verb.name == "key test") continue;
    SCOPED_TRACE(verb.name);
    EXPECT_EQ(RunFobctl(With(verb, {"--timeout", "50ms"}), verb.input).code, 4);
  }
  EXPECT_EQ(
      RunFobctl({"--socket", daemon_.path(), "--timeout", "50ms", "key", "test", "blue"}).code, 4);
}

TEST_F(EveryVerb, SeesThatTheDaemonHangsUpOrBabbles) {
  for (const VerbCase& verb : VerbCases(folder_)) {
    SCOPED_TRACE(verb.name);
    daemon_.Raw(verb.method, "");
    EXPECT_EQ(RunFobctl(With(verb), verb.input).code, 3);
    daemon_.Raw(verb.method, R"({"parameters":{)");
    EXPECT_EQ(RunFobctl(With(verb), verb.input).code, 7) << "cut off";
    daemon_.Raw(verb.method, std::string("[1]\0", 4));
    EXPECT_EQ(RunFobctl(With(verb), verb.input).code, 7) << "not of the protocol";
  }
}

TEST_F(EveryVerb, CancelsOnSigint) {
  size_t closed = 0;
  for (const VerbCase& verb : VerbCases(folder_)) {
    SCOPED_TRACE(verb.name);
    const size_t before = daemon_.calls().size();
    Background fobctl(With(verb), verb.input);
    ASSERT_TRUE(daemon_.WaitForCalls(before + 1));
    fobctl.Signal(SIGINT);
    EXPECT_TRUE(daemon_.WaitForClosed(++closed));
    EXPECT_EQ(fobctl.Wait().code, 4);
  }
}

TEST_F(EveryVerb, HasHelpWithExamples) {
  for (const VerbCase& verb : VerbCases(folder_)) {
    SCOPED_TRACE(verb.name);
    // The name's words are the verb; what follows among the arguments is its own.
    const auto words = 1 + std::count(verb.name.begin(), verb.name.end(), ' ');
    std::vector<std::string> asked(verb.arguments.begin(), verb.arguments.begin() + words);
    asked.emplace_back("--help");
    const Outcome outcome = RunFobctl(asked);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.out.find("Examples:\n"), std::string::npos) << outcome.out;
  }
}

TEST_F(EveryVerb, TakesTheSocketFromTheEnvironment) {
  const VerbCase status = VerbCases(folder_).front();
  daemon_.AnswerJson(status.method, {status.reply}, true);
  EXPECT_EQ(RunFobctl({"status"}, "", {{"FOB_SOCKET", daemon_.path()}}).code, 0);
  // An option goes before it.
  const Outcome outcome =
      RunFobctl({"status", "--socket", folder_ / "nobody"}, "", {{"FOB_SOCKET", daemon_.path()}});
  EXPECT_EQ(outcome.code, 3);
}

TEST_F(EveryVerb, FailsAtOnceWhenItsStandardOutputTakesNothing) {
  const VerbCase status = VerbCases(folder_).front();
  for (const std::string how : {">&-", "<&- >&- 2>/dev/null", "1<\"$0\""}) {
    SCOPED_TRACE(how);
    daemon_.AnswerJson(status.method, {status.reply}, true);
    const std::string line = "exec " FOB_BIN_DIR "/fobctl --socket " + daemon_.path() + " status " + how;
    // $0, for the last: the reading end of a named pipe that is held open for writing.
    const std::string pipe = folder_ / "pipe";
    ::mkfifo(pipe.c_str(), 0600);
    const UniqueFd held(::open(pipe.c_str(), O_RDWR | O_CLOEXEC));
    const Outcome outcome = RunFobctl({"-c", line, pipe}, "", {}, "/bin/sh");
    EXPECT_EQ(outcome.code, 7);
    const bool silent = how.ends_with("2>/dev/null");
    EXPECT_EQ(outcome.err.find("cannot write the result") == std::string::npos, silent) << outcome.err;
  }
}

}  // namespace
}  // namespace fob::testing
