#include "pam/host.h"

#include <algorithm>

namespace fob::pam {

std::optional<std::string> Host::Item(int item) const {
  const void* value = nullptr;
  if (pam_get_item(pamh_, item, &value) != PAM_SUCCESS || value == nullptr) return std::nullopt;
  std::string text(static_cast<const char*>(value));
  if (text.empty()) return std::nullopt;
  return text;
}

Result<std::string> Host::User() const {
  const char* user = nullptr;
  if (pam_get_user(pamh_, &user, nullptr) != PAM_SUCCESS || user == nullptr || *user == '\0') {
    return MakeError(Code::kUnavailable, "no_user", "the application names no user");
  }
  return std::string(user);
}

std::optional<std::string> Host::Variable(const char* name) const {
  const char* value = pam_getenv(pamh_, name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::optional<SecretBytes> Host::TakeVariable(const char* name) const {
  const char* value = pam_getenv(pamh_, name);
  if (value == nullptr) return std::nullopt;
  SecretBytes taken{std::string_view(value)};
  pam_putenv(pamh_, name);  // a name alone removes
  return taken;
}

Status Host::SetVariable(std::string_view name, std::string_view value) const {
  SecretBytes line(name.size() + 1 + value.size() + 1);  // zeroed: ends with NUL
  const auto bytes = line.RevealMutable();
  auto end = std::copy(name.begin(), name.end(), bytes.begin());
  *end++ = '=';
  std::copy(value.begin(), value.end(), end);
  if (pam_putenv(pamh_, line.RevealText().data()) != PAM_SUCCESS) {
    return MakeError(Code::kInternal, "pam_environment", "cannot write the PAM environment");
  }
  return Ok();
}

}  // namespace fob::pam
