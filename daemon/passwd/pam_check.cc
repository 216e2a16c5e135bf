#include "daemon/passwd/pam_check.h"

#include <security/pam_appl.h>

#include <cstdlib>
#include <cstring>

namespace fob::passwd {
namespace {

constexpr const char* kService = "fob-web";

struct Answer {
  const SecretBytes& password;
  bool given = false;
};

// PAM frees what it is answered, and wipes it before.
char* Copy(const SecretBytes& secret) {
  char* out = static_cast<char*>(std::malloc(secret.size() + 1));
  if (out == nullptr) return nullptr;
  std::memcpy(out, secret.Reveal().data(), secret.size());
  out[secret.size()] = '\0';
  return out;
}

void Release(pam_response* answers, int count) {
  for (int i = 0; i < count; ++i) {
    if (answers[i].resp == nullptr) continue;
    Wipe(answers[i].resp, std::strlen(answers[i].resp));
    std::free(answers[i].resp);
  }
  std::free(answers);
}

int Converse(int count, const pam_message** messages, pam_response** out, void* data) {
  if (count <= 0 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
  auto* answer = static_cast<Answer*>(data);
  auto* answers = static_cast<pam_response*>(std::calloc(static_cast<size_t>(count), sizeof(pam_response)));
  if (answers == nullptr) return PAM_BUF_ERR;
  for (int i = 0; i < count; ++i) {
    const int style = messages[i]->msg_style;
    if (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG) continue;  // nobody is there to read them
    const bool first = style == PAM_PROMPT_ECHO_OFF && !answer->given;
    answer->given = true;
    answers[i].resp = first ? Copy(answer->password) : nullptr;
    if (answers[i].resp != nullptr) continue;
    Release(answers, count);
    return PAM_CONV_ERR;
  }
  *out = answers;
  return PAM_SUCCESS;
}

// fobd itself slows down who guesses.
void NoDelay(int, unsigned, void*) {}

Verdict VerdictOf(int status) {
  switch (status) {
    case PAM_SUCCESS:
      return Verdict::kAccepted;
    case PAM_NEW_AUTHTOK_REQD:
    case PAM_ACCT_EXPIRED:
    case PAM_AUTHTOK_EXPIRED:
      return Verdict::kExpired;
    case PAM_AUTH_ERR:
    case PAM_USER_UNKNOWN:
    case PAM_MAXTRIES:
    case PAM_PERM_DENIED:
    case PAM_CRED_INSUFFICIENT:
    case PAM_CONV_ERR:
      return Verdict::kWrong;
    default:
      return Verdict::kUnavailable;
  }
}

}  // namespace

Verdict CheckPassword(const std::string& user, const std::string& rhost, const SecretBytes& password,
                      const char* services) {
  Answer answer{password};
  const pam_conv conversation{&Converse, &answer};
  pam_handle_t* pam = nullptr;
  if (::pam_start_confdir(kService, user.c_str(), &conversation, services, &pam) != PAM_SUCCESS)
    return Verdict::kUnavailable;
  using Delay = void (*)(int, unsigned, void*);
  const Delay delay = &NoDelay;
  const void* delay_item = nullptr;
  static_assert(sizeof delay == sizeof delay_item);
  std::memcpy(&delay_item, &delay, sizeof delay);
  int status = ::pam_set_item(pam, PAM_FAIL_DELAY, delay_item);
  if (status == PAM_SUCCESS) status = ::pam_set_item(pam, PAM_RHOST, rhost.c_str());
  if (status == PAM_SUCCESS) status = ::pam_set_item(pam, PAM_TTY, kService);
  if (status != PAM_SUCCESS) {
    ::pam_end(pam, status);
    return Verdict::kUnavailable;
  }
  status = ::pam_authenticate(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
  if (status == PAM_SUCCESS && !answer.given) status = PAM_AUTH_ERR;  // a stack that asks for no password proves none
  if (status == PAM_SUCCESS) status = ::pam_acct_mgmt(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
  ::pam_end(pam, status);
  return VerdictOf(status);
}

}  // namespace fob::passwd
