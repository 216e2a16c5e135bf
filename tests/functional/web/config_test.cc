// fob-webd.toml: what --check-config says of it, and SIGHUP, which reads it again.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tests/functional/web/gateway_fixture.h"
#include "tests/support/process/process.h"

namespace fob::testing {
namespace {

class Config : public Gateway {
 protected:
  Config() : Gateway("metrics_from = [\"127.0.0.1\"]\ncall_seconds = 9\n") {}

  void Write(const std::string& text) {
    std::ofstream(webd_->folder() + "/fob-webd.toml") << "fobd = \"" << folder_ << "/fobd.sock\"\n" << text;
  }
  // Sends SIGHUP, and waits until the log says so.
  bool Reload(const std::string& outcome) {
    const size_t before = webd_->log().size();
    webd_->Signal(SIGHUP);
    for (int i = 0; i < 2000; ++i) {
      if (webd_->log().find(outcome, before) != std::string::npos) return true;
      ::usleep(10'000);
    }
    ADD_FAILURE() << "no \"" << outcome << "\" in " << webd_->log();
    return false;
  }
  struct Verdict {
    int code = -1;
    std::string text;
  };
  Verdict Check(const std::string& text) {
    const std::string file = folder_ + "/checked.toml";
    std::ofstream(file) << text;
    FILE* out = ::popen((ProgramFolder() + "/fob-webd --check-config " + file + " 2>&1").c_str(), "r");
    Verdict verdict;
    char buffer[512];
    while (std::fgets(buffer, sizeof buffer, out) != nullptr) verdict.text += buffer;
    verdict.code = WEXITSTATUS(::pclose(out));
    return verdict;
  }
};

TEST_F(Config, TheCheckFindsWhatWouldStopTheStart) {
  EXPECT_EQ(0, Check("proxies = [\"10.0.0.0/8\", \"unix\"]\n[[listen]]\naddress = \"[::1]:8080\"\n").code);
  const std::pair<std::string, std::string> bad[] = {
      {"proxies = [\"127.0.0.1\", \"nonsense\"]\n", ":1:25: proxies: \"nonsense\""},
      {"metrics_from = [\"10.0.0.0/33\"]\n", ":1:17: metrics_from: \"10.0.0.0/33\""},
      {"[[listen]]\naddress = \"nonsense\"\n", ":2:11: nonsense: not an address"},
      {"[[listen]]\naddress = \"127.0.0.1:99999\"\n", ":2:11: 127.0.0.1:99999: not an address"},
      {"access_log = true\n[tls]\ncertificate = \"/nowhere/cert.pem\"\nkey = \"/nowhere/key.pem\"\n", ":2:1: /nowhere/cert.pem"}};
  for (const auto& [text, why] : bad) {
    const Verdict verdict = Check(text);
    EXPECT_EQ(1, verdict.code) << text;
    EXPECT_THAT(verdict.text, HasSubstr(folder_ + "/checked.toml" + why));
  }
}

TEST_F(Config, AReloadTakesOverWhatItCanAndNamesTheRest) {
  EXPECT_EQ(200, browser_.Get("/metrics").status);
  Write("metrics_from = []\ncall_seconds = 7\n[limits]\nheader_seconds = 9\n");
  ASSERT_TRUE(Reload("was read again; a restart is needed for call_seconds, limits"));
  EXPECT_EQ(404, browser_.Get("/metrics").status);
  Write("metrics_from = [\"127.0.0.1\"]\ncall_seconds = 9\n");
  ASSERT_TRUE(Reload("was read again\n"));
  EXPECT_EQ(200, browser_.Get("/metrics").status);
}

TEST_F(Config, AReloadOfABadFileChangesNothing) {
  Write("metrics_from = []\nproxies = [\"nonsense\"]\n");
  ASSERT_TRUE(Reload("the old configuration still holds: " + webd_->folder() + "/fob-webd.toml:3:12: proxies: \"nonsense\""));
  EXPECT_EQ(200, browser_.Get("/metrics").status);
}

// An editor puts a new file in the place of the old one.
TEST_F(Config, AFileThatReplacedTheOldOneIsReadToo) {
  const std::string file = webd_->folder() + "/fob-webd.toml";
  std::ofstream(file + ".new") << "fobd = \"" << folder_ << "/fobd.sock\"\ncall_seconds = 9\nmetrics_from = []\n";
  ASSERT_EQ(0, ::rename((file + ".new").c_str(), file.c_str()));
  ASSERT_TRUE(Reload("was read again\n"));
  EXPECT_EQ(404, browser_.Get("/metrics").status);
}

}  // namespace
}  // namespace fob::testing
