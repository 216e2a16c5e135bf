#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/unique_function.h"

namespace fob::core {

// Whether a password is an account's: asked of PAM (service "fob-web") in a process of its own, which answers
// later, on the core's thread, within a deadline.
class PasswordDesk {
 public:
  struct Question {
    std::string user;
    std::string rhost;
    SecretBytes password;
  };
  virtual ~PasswordDesk() = default;
  // kDenied with "wrong_password", "account_expired" or "password_expired"; kExhausted/"too_many_checks";
  // kUnavailable: nobody could be asked.
  virtual void Check(Question question, UniqueFunction<void(Status)> done) = 0;
};

}  // namespace fob::core
