// The command line itself.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/functional/cli/fobctl.h"

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
      {"audit", "tail", "-n", "201"},
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
