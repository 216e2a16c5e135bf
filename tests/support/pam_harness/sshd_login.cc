#include "tests/support/pam_harness/sshd_login.h"

#include <sstream>

#include "tests/support/pam_harness/child_process.h"

namespace fob::testing {

SshdLogin::SshdLogin(Host host)
    : host_(std::move(host)), monitor_(host_.confdir, host_.service, host_.user, silent_) {
  monitor_.Set(PAM_RHOST, host_.rhost);
  monitor_.Set(PAM_TTY, host_.tty);
}

int SshdLogin::AuthenticateInChild(ScriptedConversation& conversation) {
  // One line with the result, then the environment, each entry ended by NUL.
  const ChildReport report = RunInChild([&] {
    PamSession child(host_.confdir, host_.service, host_.user, conversation);
    child.Set(PAM_RHOST, host_.rhost);
    child.Set(PAM_TTY, host_.tty);
    if (host_.auth_info) child.PutEnvironment("SSH_AUTH_INFO_0=" + *host_.auth_info);
    int result = child.Authenticate();
    if (result == PAM_SUCCESS) result = child.Account();
    conversation.Finish();
    std::string said = std::to_string(result) + "\n";
    for (const std::string& line : child.Environment()) said += line + '\0';
    return said;
  });
  conversation.PlayedElsewhere();
  std::istringstream said(report.said);
  int result = PAM_ABORT;
  said >> result;
  said.ignore(1);
  for (std::string line; std::getline(said, line, '\0');) {
    carried_.push_back(line);
    monitor_.PutEnvironment(line);
  }
  return result;
}

}  // namespace fob::testing
