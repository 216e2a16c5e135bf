// pam-login, which the demo uses: a program with stdin and stdout as a host application of the real
// libpam.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/functional/pam/pam_fixture.h"
#include "test_paths.h"

namespace fob::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PamLogin : public PamModule {
 protected:
  // Exit status; what it printed goes to output_.
  int Run(const std::string& arguments, const std::string& answers) {
    std::ofstream(services_.Path("answers")) << answers;
    const std::string command = FOB_BIN_DIR "/pam-login --confdir " + services_.folder() + " " +
                                arguments + " < " + services_.Path("answers") + " > " +
                                services_.Path("printed") + " 2>&1";
    const int status = std::system(command.c_str());
    std::stringstream printed;
    printed << std::ifstream(services_.Path("printed")).rdbuf();
    output_ = printed.str();
    return WEXITSTATUS(status);
  }

  std::string output_;
};

TEST_F(PamLogin, RunsACommandInsideTheSession) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>([](const Begin::In& in) {
        EXPECT_EQ(in.tty, "pts/1");
        EXPECT_EQ(in.rhost, "192.0.2.9");
      })
      .Ask(Ask::kCode, "Code: ", true)
      .Expect<Continue>([](const Continue::In& in) { EXPECT_EQ(in.answer.RevealText(), "287082"); })
      .Info(Info::kTouch, "Touch your key.")
      .Grant(Outcome::kLogin, "alice", "h")
      .ExpectClosed()
      .Accept()
      .Expect<Confirm>()
      .Reply(Confirm::Out{Login("login_1", "alice")})
      .ExpectClosed()
      .Accept()
      .Expect<End>()
      .Reply(End::Out{Login("login_1", "alice")})
      .ExpectClosed();
  daemon.Start();
  EXPECT_EQ(
      0,
      Run("--service sshd --user alice --tty pts/1 --rhost 192.0.2.9 -- "
          "sh -c 'echo \"inside $FOB_LOGIN ${FOB_HANDLE-gone}\"; read line; echo \"read $line\"'",
          "287082\nfor the command\n"))
      << output_;
  EXPECT_THAT(output_, HasSubstr("inside login_1 gone\nread for the command\n"));
  EXPECT_THAT(output_, HasSubstr("Touch your key."));
  EXPECT_THAT(output_, Not(HasSubstr("287082")));
}

TEST_F(PamLogin, LeavesTheSessionOpenWhenAsked) {
  ScriptedDaemon daemon(socket());
  daemon.Accept()
      .Expect<Begin>()
      .Grant(Outcome::kLogin, "alice", "h")
      .ExpectClosed()
      .Accept()
      .Expect<Confirm>()
      .Reply(Confirm::Out{Login("login_1", "alice")})
      .ExpectClosed();
  daemon.Start();
  EXPECT_EQ(0, Run("--service sshd --user alice --leave-open", "")) << output_;
}

TEST_F(PamLogin, ARefusalIsStatusOne) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Ask(Ask::kPin, "PIN: ", false).ExpectClosed().StopListening();
  daemon.Start();
  EXPECT_EQ(1, Run("--service sshd --user alice --session", ""))
      << output_;  // end of input cancels
  EXPECT_THAT(output_, HasSubstr("fob: cancelled."));
  daemon.Finish();
  EXPECT_EQ(1, Run("--service sshd --user alice -- echo ran", "")) << output_;
  EXPECT_THAT(output_, Not(HasSubstr("ran")));
  EXPECT_EQ(2, Run("--service sshd", ""));
}

}  // namespace
}  // namespace fob::testing
