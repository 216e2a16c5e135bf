// fobctl init.
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/config/settings_file.h"
#include "tests/functional/cli/fobctl.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

namespace fs = std::filesystem;

std::string Slurp(const std::string& path) {
  std::stringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

struct stat Look(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
  return info;
}

class Init : public ::testing::Test {
 protected:
  Outcome Run(std::vector<std::string> more = {},
              const std::string& issuer = "https://login.example.org",
              const std::string& rp_id = "login.example.org") {
    std::vector<std::string> arguments = {"init",
                                          "--issuer",
                                          issuer,
                                          "--rp-id",
                                          rp_id,
                                          "--dir",
                                          folder_ / "etc",
                                          "--state",
                                          folder_ / "state",
                                          "--socket",
                                          folder_ / "fobd.sock"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunFobctl(arguments);
  }
  // Nothing but what was there before.
  void ExpectNothingMade() {
    EXPECT_FALSE(fs::exists(fs::symlink_status(folder_ / "etc/fobd.toml")));
    EXPECT_FALSE(fs::exists(fs::symlink_status(folder_ / "etc/master.key")));
    EXPECT_TRUE(!fs::exists(folder_ / "etc") || fs::is_empty(folder_ / "etc"));
  }

  TempFolder folder_;
};

TEST_F(Init, MakesAConfigurationThatFobdTakesAndAKey) {
  const Outcome outcome = Run();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "created " + (folder_ / "etc/fobd.toml") + "\ncreated " +
                             (folder_ / "etc/master.key") + "\n");
  EXPECT_NE(outcome.err.find("Next:"), std::string::npos) << "says what to do next";

  const auto settings = config::LoadSettings(folder_ / "etc/fobd.toml");
  ASSERT_TRUE(settings.ok()) << settings.error().text;
  EXPECT_EQ(settings->issuer, "https://login.example.org");
  EXPECT_EQ(settings->rp_id, "login.example.org");
  EXPECT_EQ(settings->socket, folder_ / "fobd.sock");
  EXPECT_EQ(settings->state_dir, folder_ / "state");
  EXPECT_EQ(settings->master_key, folder_ / "etc/master.key");
  EXPECT_EQ(settings->trusted_uids, std::set<uint32_t>{::geteuid()});

  EXPECT_EQ(Look(folder_ / "etc").st_mode & 07777, 0755U);
  EXPECT_EQ(Look(folder_ / "state").st_mode & 07777, 0700U);
  EXPECT_EQ(Look(folder_ / "etc/fobd.toml").st_mode, S_IFREG | 0644U);
  EXPECT_EQ(Look(folder_ / "etc/master.key").st_mode, S_IFREG | 0400U);
  EXPECT_EQ(Look(folder_ / "etc/master.key").st_nlink, 1U);
  EXPECT_EQ(Slurp(folder_ / "etc/master.key").size(), 32U);
  size_t entries = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "etc"))
    entries += entry.exists() ? 1 : 0;
  EXPECT_EQ(entries, 2U) << "no drafts are left";
}

TEST_F(Init, MakesAnotherKeyEachTime) {
  ASSERT_EQ(Run().code, 0);
  const std::string first = Slurp(folder_ / "etc/master.key");
  fs::remove_all(folder_ / "etc");
  ASSERT_EQ(Run().code, 0);
  EXPECT_NE(Slurp(folder_ / "etc/master.key"), first);
}

TEST_F(Init, ReplacesNothing) {
  ASSERT_EQ(Run().code, 0);
  const std::string key = Slurp(folder_ / "etc/master.key");
  const Outcome again = Run({}, "https://other.example.org", "other.example.org");
  EXPECT_EQ(again.code, 6) << again.err;
  EXPECT_NE(again.err.find("exists already"), std::string::npos) << again.err;
  EXPECT_EQ(Slurp(folder_ / "etc/master.key"), key);

  // One of the two is enough.
  fs::remove(folder_ / "etc/fobd.toml");
  EXPECT_EQ(Run().code, 6);
  EXPECT_EQ(Slurp(folder_ / "etc/master.key"), key);
  EXPECT_FALSE(fs::exists(folder_ / "etc/fobd.toml"));
}

TEST_F(Init, FollowsNoSymbolicLink) {
  const std::string victim = folder_.Write("victim", "untouched");
  fs::create_directory(folder_ / "etc");
  for (const char* name : {"etc/fobd.toml", "etc/master.key"}) {
    for (const std::string& target : {victim, folder_ / "dangling"}) {
      fs::create_symlink(target, folder_ / name);
      EXPECT_EQ(Run().code, 6) << name;
      fs::remove(folder_ / name);
      ExpectNothingMade();
    }
  }
  EXPECT_EQ(Slurp(victim), "untouched");
  EXPECT_FALSE(fs::exists(folder_ / "dangling"));

  fs::remove_all(folder_ / "etc");
  fs::create_directory(folder_ / "elsewhere");
  for (const char* name : {"etc", "state"}) {
    fs::create_directory_symlink(folder_ / "elsewhere", folder_ / name);
    const Outcome outcome = Run();
    EXPECT_EQ(outcome.code, 6) << name;
    EXPECT_NE(outcome.err.find("symbolic link"), std::string::npos) << outcome.err;
    EXPECT_TRUE(fs::is_empty(folder_ / "elsewhere"));
    fs::remove(folder_ / name);
    ExpectNothingMade();
    fs::remove_all(folder_ / "etc");
    fs::remove_all(folder_ / "state");
  }
}

TEST_F(Init, RefusesAFolderThatOthersCanWrite) {
  fs::create_directory(folder_ / "etc");
  ::chmod((folder_ / "etc").c_str(), 0777);
  const Outcome outcome = Run();
  EXPECT_EQ(outcome.code, 6);
  EXPECT_NE(outcome.err.find("chmod go-w"), std::string::npos) << outcome.err;
  ExpectNothingMade();
}

TEST_F(Init, RefusesBadValuesAndSaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> bad_issuers = {
      {"login.example.org", "https URL"},
      {"ftp://login.example.org", "https URL"},
      {"https://", "host name"},
      {"https://Login.example.org", "lower-case"},
      {"http://login.example.org", "use https"},
      {"https://login.example.org?x", "scheme, host, port and path only"},
      {"https://a@login.example.org", "only"},
      {"https://login.example.org#x", "only"},
      {"https://login.example.org:0", "port"},
      {"https://login.example.org:65536", "port"},
      {"https://login..example.org", "host name"},
      {"https://1.2.3", "host name"},
      {"https://x\"y", "only"},
      {"https://-a.org", "host name"}};
  for (const auto& [issuer, why] : bad_issuers) {
    const Outcome outcome = Run({}, issuer);
    EXPECT_EQ(outcome.code, 2) << issuer;
    EXPECT_NE(outcome.err.find("--issuer"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(why), std::string::npos) << outcome.err;
  }
  for (const char* rp_id : {"https://login.example.org", "Login.example.org", "192.0.2.1", "a_b",
                            "", "a..b", "login:8080"}) {
    const Outcome outcome = Run({}, "https://login.example.org", rp_id);
    EXPECT_EQ(outcome.code, 2) << rp_id;
    EXPECT_NE(outcome.err.find("--rp-id"), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(RunFobctl({"init", "--issuer", "https://a.org", "--dir", "/tmp/../tmp/x"}).code, 2);
  EXPECT_EQ(RunFobctl({"init", "--issuer", "https://a.org", "--dir", folder_ / "etc", "--state",
                       folder_ / "state", "--socket", folder_ / std::string(200, 's')})
                .code,
            2);
  ExpectNothingMade();
}

TEST_F(Init, TakesPlainHttpOnLocalhostAndWarnsOfAnotherName) {
  EXPECT_EQ(Run({}, "http://localhost:8080", "localhost").code, 0);
  fs::remove_all(folder_ / "etc");
  const Outcome outcome = Run({}, "https://id.example.org/fob", "login.example.org");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("browsers at id.example.org will refuse"), std::string::npos)
      << outcome.err;
  fs::remove_all(folder_ / "etc");
  EXPECT_EQ(Run({}, "https://id.example.org", "example.org").err.find("will refuse"),
            std::string::npos);
}

TEST_F(Init, QuotesPathsForToml) {
  const std::string odd = folder_ / "a\"b\\c";
  fs::create_directory(odd);
  const Outcome outcome = RunFobctl(
      {"init", "--issuer", "https://a.org", "--dir", odd + "/etc", "--state", odd + "/state"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto settings = config::LoadSettings(odd + "/etc/fobd.toml");
  ASSERT_TRUE(settings.ok()) << settings.error().text;
  EXPECT_EQ(settings->state_dir, odd + "/state");
  EXPECT_EQ(settings->rp_id, "a.org") << "from the issuer";
  EXPECT_EQ(settings->socket, "/run/fob/fobd.sock");
  EXPECT_EQ(settings->trusted_uids, std::set<uint32_t>{0}) << "root alone where PAM looks";
}

TEST_F(Init, ResolvesRelativePathsAndNextStepsNameTheSocket) {
  const std::string line = "cd " + folder_.path() + " && " FOB_BIN_DIR
                           "/fobctl init --issuer https://a.org --dir etc/ --state ./state --socket s";
  const Outcome outcome = RunFobctl({"-c", line}, "", {}, "/bin/sh");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto settings = config::LoadSettings(folder_ / "etc/fobd.toml");
  ASSERT_TRUE(settings.ok()) << settings.error().text;
  EXPECT_EQ(settings->state_dir, folder_ / "state");
  EXPECT_EQ(settings->socket, folder_ / "s");
  for (const char* step : {" status\n", " otp enrol phone --user NAME\n"}) {
    EXPECT_NE(outcome.err.find("fobctl --socket " + (folder_ / "s") + step), std::string::npos)
        << outcome.err;
  }
  const bool told = outcome.err.find("useradd --system --home-dir /var/lib/fob --shell "
                                     "/usr/sbin/nologin fob\n") != std::string::npos;
  EXPECT_EQ(told, ::geteuid() == 0 && ::getpwnam("fob") == nullptr) << outcome.err;
}

TEST_F(Init, JsonNamesWhatItMade) {
  const Outcome outcome = Run({"--json"});
  ASSERT_EQ(outcome.code, 0);
  const auto made = boost::json::parse(outcome.out);
  EXPECT_EQ(made.at("config"), boost::json::string(folder_ / "etc/fobd.toml"));
  EXPECT_EQ(made.at("master_key"), boost::json::string(folder_ / "etc/master.key"));
  EXPECT_EQ(made.at("rp_id"), "login.example.org");
}

}  // namespace
}  // namespace fob::testing
