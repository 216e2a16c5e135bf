#pragma once

#include <security/pam_appl.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/pam_harness/scripted_conversation.h"

namespace fob::testing {

// One PAM transaction of a host application, from pam_start_confdir to pam_end. The conversation
// must outlive it. Each phase returns PAM's result; PamResult() names it.
class PamSession {
 public:
  // No user: the first module that needs one asks for it.
  PamSession(const std::string& confdir, const std::string& service,
             const std::optional<std::string>& user, const ScriptedConversation& conversation);
  PamSession(const std::string& confdir, const std::string& service,
             const std::optional<std::string>& user, const pam_conv* conversation);
  ~PamSession();
  PamSession(const PamSession&) = delete;
  PamSession& operator=(const PamSession&) = delete;

  int Authenticate(int flags = 0) { return last_ = pam_authenticate(pamh_, flags); }
  int Account(int flags = 0) { return last_ = pam_acct_mgmt(pamh_, flags); }
  int EstablishCredentials() { return last_ = pam_setcred(pamh_, PAM_ESTABLISH_CRED); }
  int DeleteCredentials() { return last_ = pam_setcred(pamh_, PAM_DELETE_CRED); }
  int OpenSession(int flags = 0) { return last_ = pam_open_session(pamh_, flags); }
  int CloseSession(int flags = 0) { return last_ = pam_close_session(pamh_, flags); }
  int ChangeToken(int flags = 0) { return last_ = pam_chauthtok(pamh_, flags); }

  void Set(int item, const std::string& value);
  std::optional<std::string> Item(int item) const;

  // The PAM environment: one variable, all of it as NAME=VALUE, and NAME=VALUE into it.
  std::optional<std::string> Variable(const std::string& name) const;
  std::vector<std::string> Environment() const;
  void PutEnvironment(const std::string& line);

 private:
  pam_handle_t* pamh_ = nullptr;
  int last_ = PAM_SUCCESS;
};

// "PAM_AUTH_ERR" for 7, and so on.
std::string PamResult(int result);

}  // namespace fob::testing
