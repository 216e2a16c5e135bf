// fobctl config check, with a stand-in for fobd beside a copy of fobctl.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>

#include "tests/functional/cli/fobctl.h"

namespace fob::testing {
namespace {

namespace fs = std::filesystem;

class ConfigCheck : public ::testing::Test {
 protected:
  ConfigCheck() {
    fs::create_directories(folder_ / "bin"), fs::create_directories(folder_ / "sbin");
  }

  void PutFobd(const std::string& where, const std::string& script) {
    const std::string path = folder_.Write(where, "#!/bin/sh\n" + script);
    ::chmod(path.c_str(), 0755);
  }
  Outcome Run(std::vector<std::string> arguments) {
    fs::copy_file(FOB_BIN_DIR "/fobctl", folder_ / "bin/fobctl", fs::copy_options::skip_existing);
    arguments.insert(arguments.begin(), {"config", "check"});
    return RunFobctl(arguments, "", {}, folder_ / "bin/fobctl");
  }

  TempFolder folder_;
};

TEST_F(ConfigCheck, RunsTheFobdBesideItAndPassesItsWordOn) {
  PutFobd("bin/fobd", "echo \"$1 $2 is good\"");
  const Outcome outcome = Run({"/x/fobd.toml"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "--check-config /x/fobd.toml is good\n");
  EXPECT_EQ(boost::json::parse(Run({"--json", "/x"}).out).at("ok"), true);
}

TEST_F(ConfigCheck, ChecksTheUsualFileWithoutOne) {
  PutFobd("sbin/fobd", "echo \"$2\"");
  EXPECT_EQ(Run({}).out, "/etc/fob/fobd.toml\n") << "and looks into ../sbin";
}

TEST_F(ConfigCheck, RefusalIsExitCode1WithEveryLine) {
  PutFobd("bin/fobd", "echo 'x:3:1: what is that' >&2; echo 'x:9:2: nor that' >&2; exit 1");
  const Outcome outcome = Run({"x"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "fobctl: x:3:1: what is that\nfobctl: x:9:2: nor that\n");
  const auto error = boost::json::parse(Run({"x", "--json"}).out).at("error");
  EXPECT_EQ(error.at("reason"), "config_refused");
}

TEST_F(ConfigCheck, AnythingElseIsExitCode7) {
  PutFobd("bin/fobd", "exit 3");
  EXPECT_EQ(Run({"x"}).code, 7);
  PutFobd("bin/fobd", "kill -9 $$");
  EXPECT_EQ(Run({"x"}).code, 7);
}

TEST_F(ConfigCheck, AFobdThatHangsIsKilled) {
  PutFobd("bin/fobd", "exec sleep 30");
  EXPECT_EQ(Run({"x", "--timeout", "100ms"}).code, 4);
}

}  // namespace
}  // namespace fob::testing
