// What a module's results come to in the stacks that administrators write.
#include "tests/functional/pam/pam_fixture.h"

namespace fob::testing {
namespace {

struct Stack {
  std::string lines;
  std::string on_login, on_event, on_skip, on_refusal, on_absence;
};
void PrintTo(const Stack& stack, std::ostream* out) { *out << stack.lines; }

class PamStack : public PamModule, public ::testing::WithParamInterface<Stack> {
 protected:
  // The result of one authenticate under this stack while the daemon says what `say` scripts.
  std::string Result(const std::function<void(ScriptedDaemon&)>& say) {
    services_.Write("stack", GetParam().lines);
    ScriptedDaemon daemon(socket());
    daemon.Accept().Expect<Begin>();
    say(daemon);
    daemon.ExpectClosed().Start();
    return Authenticate();
  }
  std::string Authenticate() {
    ScriptedConversation person;
    person.AnyError();
    PamSession session = Session("stack", person);
    return PamResult(session.Authenticate());
  }
};

TEST_P(PamStack, ResultsMeanWhatTheyShould) {
  const Stack& stack = GetParam();
  EXPECT_EQ(stack.on_login,
            Result([](auto& daemon) { daemon.Grant(Outcome::kLogin, "alice", "h"); }));
  EXPECT_EQ(stack.on_event, Result([](auto& daemon) { daemon.Grant(Outcome::kEvent, "alice"); }));
  EXPECT_EQ(stack.on_skip, Result([](auto& daemon) { daemon.Grant(Outcome::kSkip, "alice"); }));
  EXPECT_EQ(stack.on_refusal,
            Result([](auto& daemon) { daemon.Refuse(Code::kDenied, "r", "No."); }));
  services_.Write("stack", stack.lines);
  EXPECT_EQ(stack.on_absence, Authenticate());
}

INSTANTIATE_TEST_SUITE_P(
    Auth, PamStack,
    ::testing::Values(
        // The factor beside a password: a skip leaves the decision to the rest.
        Stack{"auth requisite pam_permit.so\nauth required {fob}\n",  //
              "PAM_SUCCESS", "PAM_SUCCESS", "PAM_SUCCESS", "PAM_AUTH_ERR", "PAM_AUTHINFO_UNAVAIL"},
        // The factor alone: where the policy skips nobody has said yes.
        Stack{"auth required {fob}\n",  //
              "PAM_SUCCESS", "PAM_SUCCESS", "PAM_PERM_DENIED", "PAM_AUTH_ERR",
              "PAM_AUTHINFO_UNAVAIL"},
        // The factor instead of a password: a skip, a refusal and a failure alike go on to the next
        // line.
        Stack{"auth sufficient {fob}\nauth required pam_deny.so\n",  //
              "PAM_SUCCESS", "PAM_SUCCESS", "PAM_AUTH_ERR", "PAM_AUTH_ERR", "PAM_AUTH_ERR"},
        Stack{"auth sufficient {fob}\nauth required pam_permit.so\n",  //
              "PAM_SUCCESS", "PAM_SUCCESS", "PAM_SUCCESS", "PAM_SUCCESS", "PAM_SUCCESS"},
        // A refusal ends the stack at once.
        Stack{"auth requisite {fob}\nauth required pam_permit.so\n",  //
              "PAM_SUCCESS", "PAM_SUCCESS", "PAM_SUCCESS", "PAM_AUTH_ERR", "PAM_AUTHINFO_UNAVAIL"},
        // Debian's pam-auth-update.
        Stack{"auth [success=1 default=ignore] {fob}\nauth requisite pam_deny.so\nauth required "
              "pam_permit.so\n",  //
              "PAM_SUCCESS", "PAM_SUCCESS", "PAM_AUTH_ERR", "PAM_AUTH_ERR", "PAM_AUTH_ERR"}),
    [](const auto& info) { return "Stack" + std::to_string(info.index); });

// sshd ends a login whose setcred fails: with no other auth line in the stack, ours must carry it,
// in the process that authenticated and in the one that only has its environment.
TEST_F(PamModule, SetcredNeverFailsALoginThatHasNoOtherModule) {
  ScriptedDaemon daemon(socket());
  daemon.Accept().Expect<Begin>().Grant(Outcome::kLogin, "alice", "h").ExpectClosed();
  daemon.Start();
  ScriptedConversation nobody;
  PamSession child = Session("alone", nobody);
  EXPECT_PAM(PAM_SUCCESS, child.Authenticate());
  EXPECT_PAM(PAM_SUCCESS, child.EstablishCredentials());
  PamSession monitor = Session("alone", nobody);
  monitor.PutEnvironment("FOB_HANDLE=h");
  EXPECT_PAM(PAM_SUCCESS, monitor.EstablishCredentials());
}

TEST_F(PamModule, SetcredWithoutALoginLeavesTheDecisionToOthers) {
  ScriptedDaemon unasked(socket());
  ScriptedConversation nobody;
  PamSession alone = Session("alone", nobody);
  EXPECT_PAM(PAM_PERM_DENIED, alone.EstablishCredentials());  // every line ignored
  PamSession beside = Session("sshd", nobody);
  EXPECT_PAM(PAM_SUCCESS, beside.EstablishCredentials());
}

// Each phase without a handle is PAM_IGNORE: beside a line that refuses, it changes nothing either.
TEST_F(PamModule, OtherPhasesNeverDecide) {
  ScriptedDaemon unasked(socket());
  services_.Write("refusing",
                  "account sufficient {fob}\naccount required pam_deny.so\n"
                  "session sufficient {fob}\nsession required pam_deny.so\n"
                  "password sufficient {fob}\npassword required pam_deny.so\n");
  ScriptedConversation nobody;
  PamSession session = Session("refusing", nobody);
  EXPECT_NE(session.Account(), PAM_SUCCESS);
  EXPECT_NE(session.OpenSession(), PAM_SUCCESS);
  EXPECT_NE(session.CloseSession(), PAM_SUCCESS);
  EXPECT_NE(session.ChangeToken(), PAM_SUCCESS);
}

}  // namespace
}  // namespace fob::testing
