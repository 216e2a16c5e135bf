// What the built module exports, needs and calls, as readelf and nm read it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace fob::testing {
namespace {

using ::testing::IsSubsetOf;
using ::testing::UnorderedElementsAre;

std::vector<std::string> LinesOf(const std::string& command) {
  std::vector<std::string> lines;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  std::string text;
  while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  if (pipe == nullptr || ::pclose(pipe) != 0) ADD_FAILURE() << "failed: " << command;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class PamBinary : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::string(FOB_SANITIZED) != "") GTEST_SKIP() << "a sanitizer's build is linked otherwise";
  }
};

TEST_F(PamBinary, NeedsLibcAndLibpamOnly) {
  std::vector<std::string> needed;
  for (const std::string& line : LinesOf("readelf -dW " FOB_PAM_MODULE)) {
    if (line.find("(NEEDED)") == line.npos) continue;
    const size_t from = line.find('[') + 1;
    needed.push_back(line.substr(from, line.find(']') - from));
  }
  EXPECT_THAT(needed, IsSubsetOf({"libc.so.6", "libpam.so.0", "ld-linux-x86-64.so.2",
                                  "ld-linux-aarch64.so.1"}));
}

TEST_F(PamBinary, ExportsTheEntryPointsOnly) {
  std::vector<std::string> exported;
  for (const std::string& line : LinesOf("nm -D --defined-only --format=posix " FOB_PAM_MODULE)) {
    exported.push_back(line.substr(0, line.find(' ')));
  }
  EXPECT_THAT(exported, UnorderedElementsAre("pam_sm_authenticate", "pam_sm_setcred",
                                             "pam_sm_acct_mgmt", "pam_sm_open_session",
                                             "pam_sm_close_session", "pam_sm_chauthtok"));
}

TEST_F(PamBinary, CallsNothingThatAGuestMustNot) {
  const std::set<std::string> refused = {
      "getenv",          "secure_getenv",  "setenv",       "unsetenv",
      "putenv",          "environ",        "signal",       "sigaction",
      "sigprocmask",     "alarm",          "setitimer",    "raise",
      "pthread_create",  "pthread_cancel", "fork",         "vfork",
      "execve",          "posix_spawn",    "system",       "popen",
      "setlocale",       "uselocale",      "newlocale",    "umask",
      "chdir",           "open",           "open64",       "fopen",
      "fopen64",         "printf",         "puts",         "putchar",
      "stdout",          "exit",           "_exit",        "atexit",
      "getpwnam",        "getpwuid",       "setuid",       "sleep",
      "pam_get_authtok", "pam_set_item",   "pam_set_data", "pam_get_data",
      "dlopen",          "syslog",         "openlog"};
  for (const std::string& line : LinesOf("nm -D --undefined-only --format=posix " FOB_PAM_MODULE)) {
    const std::string name = line.substr(0, line.find_first_of(" @"));
    EXPECT_EQ(refused.count(name), 0u) << name;
  }
}

TEST_F(PamBinary, ItsOwnCodeHasNoWritableStaticState) {
  for (const std::string& line :
       LinesOf("objdump -tC " FOB_PAM_ARCHIVE " " FOB_PAM_MODULE_OBJECT)) {
    const bool data = line.find(" .data") != line.npos && line.find(" .data.rel.ro") == line.npos;
    const bool writable =
        data || line.find(" .bss") != line.npos || line.find(" .tbss") != line.npos;
    const bool ours =
        line.find("fob::") != line.npos || line.find("(anonymous namespace)") != line.npos;
    const bool of_boost = line.find(" boost::") != line.npos;
    EXPECT_FALSE(writable && ours && !of_boost) << line;
  }
}

TEST_F(PamBinary, HasNoUniqueSymbolAndNoExecutableStackOrTextRelocations) {
  for (const std::string& line : LinesOf("readelf -sdlW " FOB_PAM_MODULE)) {
    EXPECT_EQ(line.find(" UNIQUE "), line.npos) << line;
    EXPECT_EQ(line.find("TEXTREL"), line.npos) << line;
    EXPECT_FALSE(line.find("GNU_STACK") != line.npos && line.find("RWE") != line.npos) << line;
  }
}

}  // namespace
}  // namespace fob::testing
