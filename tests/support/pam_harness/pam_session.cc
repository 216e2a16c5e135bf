#include "tests/support/pam_harness/pam_session.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

namespace fob::testing {

PamSession::PamSession(const std::string& confdir, const std::string& service,
                       const std::optional<std::string>& user,
                       const ScriptedConversation& conversation)
    : PamSession(confdir, service, user, conversation.conv()) {}

PamSession::PamSession(const std::string& confdir, const std::string& service,
                       const std::optional<std::string>& user, const pam_conv* conversation) {
  const int started = pam_start_confdir(service.c_str(), user ? user->c_str() : nullptr,
                                        conversation, confdir.c_str(), &pamh_);
  if (started != PAM_SUCCESS) ADD_FAILURE() << "pam_start_confdir: " << PamResult(started);
}

PamSession::~PamSession() { pam_end(pamh_, last_); }

void PamSession::Set(int item, const std::string& value) {
  const int result = pam_set_item(pamh_, item, value.c_str());
  if (result != PAM_SUCCESS) ADD_FAILURE() << "pam_set_item: " << PamResult(result);
}

std::optional<std::string> PamSession::Item(int item) const {
  const void* value = nullptr;
  if (pam_get_item(pamh_, item, &value) != PAM_SUCCESS || value == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(value));
}

std::optional<std::string> PamSession::Variable(const std::string& name) const {
  const char* value = pam_getenv(pamh_, name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::vector<std::string> PamSession::Environment() const {
  std::vector<std::string> lines;
  char** list = pam_getenvlist(pamh_);
  for (char** line = list; line != nullptr && *line != nullptr; ++line) {
    lines.emplace_back(*line);
    std::free(*line);
  }
  std::free(list);
  return lines;
}

void PamSession::PutEnvironment(const std::string& line) {
  const int result = pam_putenv(pamh_, line.c_str());
  if (result != PAM_SUCCESS) ADD_FAILURE() << "pam_putenv: " << PamResult(result);
}

std::string PamResult(int result) {
  static const std::map<int, std::string> kNames = {
      {PAM_SUCCESS, "PAM_SUCCESS"},
      {PAM_OPEN_ERR, "PAM_OPEN_ERR"},
      {PAM_SERVICE_ERR, "PAM_SERVICE_ERR"},
      {PAM_SYSTEM_ERR, "PAM_SYSTEM_ERR"},
      {PAM_PERM_DENIED, "PAM_PERM_DENIED"},
      {PAM_AUTH_ERR, "PAM_AUTH_ERR"},
      {PAM_USER_UNKNOWN, "PAM_USER_UNKNOWN"},
      {PAM_AUTHINFO_UNAVAIL, "PAM_AUTHINFO_UNAVAIL"},
      {PAM_MAXTRIES, "PAM_MAXTRIES"},
      {PAM_SESSION_ERR, "PAM_SESSION_ERR"},
      {PAM_CRED_ERR, "PAM_CRED_ERR"},
      {PAM_CONV_ERR, "PAM_CONV_ERR"},
      {PAM_IGNORE, "PAM_IGNORE"},
      {PAM_MODULE_UNKNOWN, "PAM_MODULE_UNKNOWN"},
      {PAM_ABORT, "PAM_ABORT"},
  };
  const auto name = kNames.find(result);
  return name == kNames.end() ? "PAM result " + std::to_string(result) : name->second;
}

}  // namespace fob::testing
