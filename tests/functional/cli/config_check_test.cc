// fobctl config check, with a stand-in for fobd beside a copy of fobctl.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>

#include "tests/functional/cli/fobctl.h"
#include "test_paths.h"

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
  const std::string file_ = folder_.Write("fobd.toml", "");
};

TEST_F(ConfigCheck, RunsTheFobdBesideItAndPassesItsWordOn) {
  PutFobd("bin/fobd", "echo \"$1 $2 is good\"");
  const Outcome outcome = Run({file_});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "--check-config " + file_ + " is good\n");
  EXPECT_EQ(boost::json::parse(Run({"--json", file_}).out).at("ok"), true);
}

TEST_F(ConfigCheck, ChecksTheUsualFileWithoutOne) {
  PutFobd("sbin/fobd", "echo \"$2\"");
  EXPECT_EQ(Run({file_}).out, file_ + "\n") << "and looks into ../sbin";
  const Outcome usual = Run({});
  EXPECT_NE((usual.out + usual.err).find("/etc/fob/fobd.toml"), std::string::npos) << usual.err;
}

TEST_F(ConfigCheck, AMissingFileIsExitCode6) {
  PutFobd("bin/fobd", "exit 0");
  const Outcome outcome = Run({folder_ / "absent"});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_NE(outcome.err.find(folder_ / "absent"), std::string::npos) << outcome.err;
}

TEST_F(ConfigCheck, AnUnreadableFileIsExitCode5) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads every file";
  PutFobd("bin/fobd", "exit 0");
  ::chmod(file_.c_str(), 0);
  EXPECT_EQ(Run({file_}).code, 5);
}

TEST_F(ConfigCheck, RefusalIsExitCode1WithEveryLine) {
  PutFobd("bin/fobd", "echo 'fobd: x:3:1: what is that' >&2; echo 'fobd: x:9:2: nor that' >&2; exit 1");
  const Outcome outcome = Run({file_});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "fobctl: x:3:1: what is that\nfobctl: x:9:2: nor that\n");
  const auto error = boost::json::parse(Run({file_, "--json"}).out).at("error");
  EXPECT_EQ(error.at("reason"), "config_refused");
}

TEST_F(ConfigCheck, AnythingElseIsExitCode7) {
  PutFobd("bin/fobd", "exit 3");
  EXPECT_EQ(Run({file_}).code, 7);
  PutFobd("bin/fobd", "kill -9 $$");
  EXPECT_EQ(Run({file_}).code, 7);
}

TEST_F(ConfigCheck, AFobdThatHangsIsKilled) {
  PutFobd("bin/fobd", "exec sleep 30");
  EXPECT_EQ(Run({file_, "--timeout", "100ms"}).code, 4);
}

}  // namespace
}  // namespace fob::testing
