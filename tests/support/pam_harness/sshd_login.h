#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/pam_harness/pam_session.h"

namespace fob::testing {

// A login as sshd runs it: authenticate and account in a child process, everything else in the
// monitor, which never authenticated. Of the child's PAM handle only the environment reaches the
// monitor's.
class SshdLogin {
 public:
  struct Host {
    std::string confdir;
    std::string service = "sshd";
    std::string user;
    std::string rhost = "192.0.2.7";
    std::string tty = "ssh";
    std::optional<std::string> auth_info;  // SSH_AUTH_INFO_0, what sshd itself has verified
  };

  explicit SshdLogin(Host host);

  // Plays the child: pam_authenticate, then pam_acct_mgmt where that succeeded. The script of
  // `conversation` is used up in the child. Returns the first result that is not PAM_SUCCESS.
  int AuthenticateInChild(ScriptedConversation& conversation);

  // The monitor's handle, for setcred and the session.
  PamSession& monitor() { return monitor_; }
  // What the child sent over.
  const std::vector<std::string>& carried() const { return carried_; }

 private:
  Host host_;
  ScriptedConversation silent_;
  PamSession monitor_;
  std::vector<std::string> carried_;
};

}  // namespace fob::testing
