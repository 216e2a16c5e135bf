#pragma once

#include <string>

#include "base/secret.h"

namespace fob::passwd {

enum class Verdict {
  kAccepted,
  kWrong,        // or no such user: PAM tells them apart, we do not
  kExpired,      // the account or its password has run out
  kUnavailable,  // PAM could not say
};

// Whether PAM's service fob-web takes `password` for `user`, account phase included. It is given to the first
// question that is not echoed and to no other. services: another folder than /etc/pam.d, for tests.
Verdict CheckPassword(const std::string& user, const std::string& rhost, const SecretBytes& password,
                      const char* services = nullptr);

}  // namespace fob::passwd
