// The command line itself.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/functional/cli/fobctl.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

TEST(Usage, MistakesExitWith2AndPointAtHelp) {
  const std::vector<std::vector<std::string>> mistakes = {
      {},
      {"key"},
      {"kye"},
      {"key", "lsit"},
      {"otp", "enrol"},
      {"status", "--bogus"},
      {"key", "list", "status"},
      {"--timeout", "soon", "status"},
      {"--timeout"},
      {"audit", "tail", "-n", "10001"},
      {"audit", "tail", "-n", "x"},
      {"otp", "enrol", "p", "--digits", "5"},
      {"otp", "enrol", "p", "--algorithm", "MD5"},
      {"ticket"},
      {"exchange", "--client", "c"},
      {"client", "add", "Wiki"},
      {"enrol-code", "create"},
      {"enrol-code", "create", "alice", "--lifetime", "-3s"},
      {"init"}};
  for (const auto& mistake : mistakes) {
    const Outcome outcome = RunFobctl(mistake);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find("--help"), std::string::npos) << outcome.err;
  }
}

TEST(Usage, MistakesAreJsonToo) {
  for (const std::vector<std::string>& mistake : {std::vector<std::string>{"--json", "kye"},
                                                  {"kye", "--json"},
                                                  {"status", "--bogus", "--json"}}) {
    const Outcome outcome = RunFobctl(mistake);
    EXPECT_EQ(outcome.code, 2);
    const auto error = boost::json::parse(outcome.out).at("error");
    EXPECT_EQ(error.at("code"), "invalid_argument");
    EXPECT_EQ(error.at("reason"), "usage");
  }
}

TEST(Usage, EmptyTextsAreMistakes) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{"key", "list", "--user", ""}, "--user \"\" names nobody"},
      {{"key", "list", "--user="}, "--user \"\" names nobody"},
      {{"otp", "list", "--user", ""}, "--user \"\" names nobody"},
      {{"login", "list", "--user", ""}, "--user \"\" names nobody"},
      {{"key", "enrol", "x", "--user", ""}, "--user \"\" names nobody"},
      {{"key", "remove", "x", "--user", ""}, "--user \"\" names nobody"},
      {{"otp", "remove", "x", "--user", ""}, "--user \"\" names nobody"},
      {{"user", "show", ""}, "USER \"\" names nobody"},
      {{"user", "rebind", ""}, "USER \"\" names nobody"},
      {{"enrol-code", "create", ""}, "USER \"\" names nobody"},
      {{"key", "enrol", ""}, "NAME is empty"},
      {{"key", "rename", "x", ""}, "NAME is empty"},
      {{"key", "test", ""}, "KEY is empty"},
      {{"otp", "remove", ""}, "OTP is empty"},
      {{"client", "add", "", "-a", "x"}, "NAME is empty"},
      {{"client", "remove", ""}, "CLIENT is empty"},
      {{"ticket", "--client", ""}, "--client is empty"}};
  for (const auto& [mistake, said] : mistakes) {
    const Outcome outcome = RunFobctl(mistake);
    EXPECT_EQ(outcome.code, 2) << said;
    EXPECT_NE(outcome.err.find("fobctl: " + said + "\n"), std::string::npos) << outcome.err;
  }
}

TEST(Usage, MistakesNameTheArgument) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{"key", "enrol"}, "fobctl: NAME is required\nfobctl: Usage: fobctl key enrol [OPTIONS] NAME\n"},
      {{"key", "enrol", "a\xff"}, "NAME is not UTF-8"},
      {{"key", "list", "--user", "\xc0\x80"}, "--user is not UTF-8"},
      {{"key", "enrol", std::string(4097, 'x')}, "NAME is longer than 4096 bytes"},
      {{"status", "--jsn"}, "unknown option \"--jsn\"; did you mean \"--json\"?"},
      {{"--jsn", "status"}, "unknown option \"--jsn\"; did you mean \"--json\"?"},
      {{"key", "enrol", "--usr=alice"}, "unknown option \"--usr\"; did you mean \"--user\"?"},
      {{"user", "show", "a", "b"}, "\"b\" is one argument too many"},
      {{"--timeout", "400d", "status"}, "--timeout \"400d\" is not a duration from 1ms to 366d"},
      {{"client", "add", "x", "-a", "a", "--token-lifetime", "2h"}, "from 10s to 1h"},
      {{"enrol-code", "create", "a", "--lifetime", "31d"}, "from 1m to 30d"},
      {{"otp", "enrol", "p", "--period", "31"}, "--period \"31\" is not 30 or 60"},
      {{"otp", "enrol", "p", "--algorithm", "md5"}, "is not one of SHA1, SHA256, SHA512"}};
  for (const auto& [mistake, said] : mistakes) {
    const Outcome outcome = RunFobctl(mistake);
    EXPECT_EQ(outcome.code, 2) << said;
    EXPECT_NE(outcome.err.find(said), std::string::npos) << outcome.err;
  }
}

TEST(Usage, HelpAndVersionAreVerbsToo) {
  EXPECT_EQ(RunFobctl({"help"}).out, RunFobctl({"--help"}).out);
  EXPECT_EQ(RunFobctl({"help", "key", "enrol"}).out, RunFobctl({"key", "enrol", "--help"}).out);
  EXPECT_EQ(RunFobctl({"version"}).out, RunFobctl({"--version"}).out);
  EXPECT_EQ(RunFobctl({"help", "kye"}).code, 2);
}

TEST(Usage, HelpSaysThatAWordMayBeGivenByItsName) {
  const std::string help = RunFobctl({"client", "add", "--help"}).out;
  EXPECT_NE(help.find("  NAME TEXT (required) "), std::string::npos) << help;
  EXPECT_NE(help.find("  --name TEXT                     What people call it; instead of NAME\n"), std::string::npos) << help;
  // One that has no other form.
  EXPECT_NE(RunFobctl({"exchange", "--help"}).out.find("(required)"), std::string::npos);
  EXPECT_NE(RunFobctl({"grant", "revoke", "--help"}).out.find("instead of GRANT"), std::string::npos);
}

TEST(Usage, SuggestsTheNearestVerb) {
  EXPECT_NE(RunFobctl({"kye"}).err.find("did you mean \"fobctl key\"?"), std::string::npos);
  EXPECT_NE(RunFobctl({"key", "enroll"}).err.find("did you mean \"fobctl key enrol\"?"),
            std::string::npos);
  EXPECT_NE(RunFobctl({"--socket", "/x", "--json", "otp", "lst"})
                .err.find("did you mean \"fobctl otp list\"?"),
            std::string::npos);
  const Outcome outcome = RunFobctl({"key", "frobnicate"});
  EXPECT_EQ(outcome.err.find("did you mean"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("enrol, list, rename, remove, test"), std::string::npos)
      << outcome.err;
}

TEST(Usage, MakesWhatItRepeatsPrintable) {
  EXPECT_EQ(RunFobctl({"\033[31mkey"}).err.find('\033'), std::string::npos);
  EXPECT_EQ(RunFobctl({"status", "--\033[31m"}).err.find('\033'), std::string::npos);
}

TEST(Usage, VersionAndHelpGoToStandardOutput) {
  const Outcome version = RunFobctl({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_TRUE(version.out.starts_with("fobctl ")) << version.out;
  const Outcome help = RunFobctl({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* word :
       {"init", "status", "key", "otp", "user", "enrol-code", "login", "client", "ticket",
        "exchange", "token", "jwks", "audit", "config", "Exit codes:"}) {
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
  }
}

TEST(Usage, BashCompletionKnowsVerbsAndOptions) {
  const std::string script =
      R"(PATH=)" FOB_BIN_DIR R"(:$PATH; source packaging/completions/fobctl.bash
t() { COMP_WORDS=(fobctl "$@"); COMP_CWORD=$#; _fobctl; echo "${COMPREPLY[*]}"; }
t key e; t --socket /x otp r; t exchange --client-; t conf)";
  const TempFolder folder;
  const Outcome outcome =
      RunFobctl({"-c", "cd " FOB_SOURCE_DIR "; " + script}, "", {}, "/bin/bash");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "enrol\nremove\n--client-secret-file\nconfig\n") << outcome.err;
}

}  // namespace
}  // namespace fob::testing
