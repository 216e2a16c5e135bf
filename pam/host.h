#pragma once

#include <security/pam_modules.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace fob::pam {

// What the host application and earlier modules left in the PAM handle: its items and the PAM
// environment, which is all that crosses from sshd's authenticating child to its monitor. The
// process environment is never read.
class Host {
 public:
  explicit Host(pam_handle_t* pamh) : pamh_(pamh) {}

  // Nothing when unset or empty.
  std::optional<std::string> Item(int item) const;
  // PAM_USER, asked for where the host has not set it. kUnavailable when there is none.
  Result<std::string> User() const;

  std::optional<std::string> Variable(const char* name) const;
  // The variable's value, which is removed (and overwritten by libpam). Nothing when it was not
  // set.
  std::optional<SecretBytes> TakeVariable(const char* name) const;
  // kInternal when libpam has no memory for it.
  Status SetVariable(std::string_view name, std::string_view value) const;

 private:
  pam_handle_t* pamh_;
};

}  // namespace fob::pam
